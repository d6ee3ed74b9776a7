// VRMC_materials_mtoon 1.0: two tones divided by a soft line, light from around, rim and glow.
#include "common_surface.glsl"
#include "common_light.glsl"

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

// lit : the base colour; n : unit normal.
vec3 toon_color(vec3 lit, vec3 n) {
    vec3 shade = shade_color.rgb;
#ifdef SHADE_AS_BASE
    shade *= painted;
#endif
#ifdef MAP_SHADE
    shade *= to_linear(texture(map_shade, uv_of(SHADE)).rgb);
#endif
    float tone = dot(n, light.xyz) + toon.x;
#ifdef MAP_SHIFT
    tone += texture(map_shift, uv_of(SHIFT)).r * extra.y;
#endif
    float soft = max(1.0 - toon.y, 1e-3);
    tone = clamp((tone + soft) / (2.0 * soft), 0.0, 1.0) * reached(n);
    vec3 color = mix(shade, lit, tone) * light_color.rgb;
    vec3 around = mix(room_light(n, 1.0, 1.0), ambient.rgb, toon.z);
    color += around * lit;
#ifdef FLAMES
    vec3 adds = vec3(0.0);
    for (int k = 0; k < FLAMES; k++) {
        vec3 way, warm = flame_color(k, way);
        adds += lit * warm * clamp((dot(n, way) + toon.x + soft) / (2.0 * soft), 0.0, 1.0);
    }
    color = by_flames(color, adds);
#endif
#ifdef RIM_OR_MATCAP
    vec3 v = normalize(eye.xyz - v_position);
    vec3 rim = vec3(0.0);
#ifdef RIM_LIGHT
    rim += rim_color.rgb * pow(clamp(1.0 - dot(n, v) + matcap_color.w, 1e-5, 1.0), max(rim_color.w, 1e-5));
#endif
#ifdef MAP_MATCAP
    vec3 vv = normalize(mat3(view_from_model) * v), vn = normalize(mat3(view_from_model) * n);
    vec3 x = normalize(vec3(vv.z, 0.0, -vv.x)), y = cross(vv, x);
    vec2 sphere = 0.5 + 0.495 * vec2(dot(x, vn), -dot(y, vn));
    rim += matcap_color.rgb * to_linear(texture(map_matcap, slot_uv(MATCAP, sphere)).rgb);
#endif
#ifdef MAP_RIM
    rim *= to_linear(texture(map_rim, uv_of(RIM)).rgb);
#endif
    color += rim * mix(vec3(1.0), light_color.rgb + around, toon.w);
#endif
    return color + glow();
}
