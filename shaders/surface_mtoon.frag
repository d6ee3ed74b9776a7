// VRMC_materials_mtoon 1.0: two tones divided by a soft line, ambient light, rim and glow.
#include "common_surface.glsl"

#ifdef MAP_SHADE
uniform sampler2D map_shade;
#endif
#ifdef MAP_SHIFT
uniform sampler2D map_shift;
#endif
#ifdef MAP_MATCAP
uniform sampler2D map_matcap;
#endif
#ifdef MAP_RIM
uniform sampler2D map_rim;
#endif

void main() {
    vec4 lit = base();
    vec3 shade = shade_color.rgb;
#ifdef SHADE_AS_BASE
    shade *= painted;
#endif
#ifdef MAP_SHADE
    shade *= to_linear(texture(map_shade, uv_of(SHADE)).rgb);
#endif
#ifdef COLOR
    shade *= v_color.rgb;
#endif
    vec3 n = surface_normal();
    float tone = dot(n, light.xyz) + toon.x;
#ifdef MAP_SHIFT
    tone += texture(map_shift, uv_of(SHIFT)).r * extra.y;
#endif
    float soft = max(1.0 - toon.y, 1e-3);
    tone = clamp((tone + soft) / (2.0 * soft), 0.0, 1.0);
    vec3 around = ambient.rgb * mix(0.75 + 0.25 * n.y, 1.0, toon.z);
    vec3 color = mix(shade, lit.rgb, tone) * light_color.rgb + around * lit.rgb;
#ifdef RIM_OR_MATCAP
    vec3 v = normalize(eye.xyz - v_position);
    vec3 rim = vec3(0.0);
#ifdef RIM_LIGHT
    rim += rim_color.rgb * pow(clamp(1.0 - dot(n, v) + matcap_color.w, 1e-4, 1.0), max(rim_color.w, 1e-3));
#endif
#ifdef MAP_MATCAP
    vec3 vv = normalize(mat3(view_from_model) * v), vn = normalize(mat3(view_from_model) * n);
    vec3 x = normalize(vec3(vv.z, 0.0, -vv.x)), y = cross(vv, x);
    rim += matcap_color.rgb * to_linear(texture(map_matcap, 0.5 + 0.495 * vec2(dot(x, vn), -dot(y, vn))).rgb);
#endif
#ifdef MAP_RIM
    rim *= to_linear(texture(map_rim, uv_of(RIM)).rgb);
#endif
    color += rim * mix(vec3(1.0), light_color.rgb + around, toon.w);
#endif
    leave(color + glow(), lit.a);
}
