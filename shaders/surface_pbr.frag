// glTF metallic-roughness under one light and even ambience (GGX and Schlick, as in the glTF 2.0 appendix B).
#include "common_surface.glsl"

#ifdef MAP_METAL_ROUGH
uniform sampler2D map_metal_rough;
#endif
#ifdef MAP_OCCLUSION
uniform sampler2D map_occlusion;
#endif

void main() {
    vec4 c = base();
    float metal = extra.z, rough = extra.w;
#ifdef MAP_METAL_ROUGH
    vec4 mr = texture(map_metal_rough, uv_of(METAL_ROUGH));
    metal *= mr.b;
    rough *= mr.g;
#endif
    vec3 n = surface_normal(), v = normalize(eye.xyz - v_position), h = normalize(v + light.xyz);
    float nl = max(dot(n, light.xyz), 0.0), nv = max(dot(n, v), 1e-3), nh = max(dot(n, h), 0.0);
    float a = max(rough * rough, 2e-3), a2 = a * a;
    float d = nh * nh * (a2 - 1.0) + 1.0;
    float visible = 0.5 / (nl * sqrt(nv * nv * (1.0 - a2) + a2) + nv * sqrt(nl * nl * (1.0 - a2) + a2) + 1e-5);
    vec3 f0 = mix(vec3(0.04), c.rgb, metal);
    float edge = 1.0 - max(dot(v, h), 0.0);
    vec3 fresnel = f0 + (1.0 - f0) * edge * edge * edge * edge * edge;
    // Light that a rough surface scatters more than once (Fdez-Agüera 2019); 1 - 0.55 r is what it scatters once, by
    // the fit of Karis, "Physically Based Shading on Mobile", 2014.
    fresnel *= 1.0 + f0 * (1.0 / (1.0 - 0.55 * rough) - 1.0);
    vec3 diffuse = c.rgb * (1.0 - metal);
    vec3 color = (diffuse * (1.0 - fresnel) + fresnel * visible * a2 / (d * d)) * nl * light_color.rgb;
    vec3 around = ambient.rgb * (0.75 + 0.25 * n.y) * (diffuse + f0);
#ifdef MAP_OCCLUSION
    around *= 1.0 + motion.w * (texture(map_occlusion, uv_of(OCCLUSION)).r - 1.0);
#endif
    leave(color + around + glow(), c.a);
}
