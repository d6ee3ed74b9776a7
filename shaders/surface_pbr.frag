// glTF metallic-roughness under one light and the room's own (GGX and Schlick, as in the glTF 2.0 appendix B).
#include "common_surface.glsl"
#include "common_light.glsl"

#ifdef MAP_METAL_ROUGH
uniform sampler2D map_metal_rough;
#endif
#ifdef MAP_OCCLUSION
uniform sampler2D map_occlusion;
#endif

// Share of the light around that a surface reflects once: x of its colour at normal incidence, y of white (B. Karis,
// "Physically Based Shading on Mobile", 2014).
vec2 once(float rough, float nv) {
    vec4 r = rough * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    return vec2(-1.04, 1.04) * (min(r.x * r.x, exp2(-9.28 * nv)) * r.x + r.y) + r.zw;
}

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
    float edge = 1.0 - max(dot(v, h), 0.0), grazing = edge * edge * edge * edge * edge;
    vec2 single = once(rough, nv);
    // Light that a rough surface scatters more than once (Fdez-Agüera 2019): of any colour, and of what is not metal.
    float rest = 1.0 / (single.x + single.y) - 1.0;
    vec3 again = 1.0 + f0 * rest;
    // What is not metal is coloured by what its surface does not mirror.
    vec3 diffuse = c.rgb * (1.0 - metal);
    vec3 mirrors = mix(f0, vec3(1.0), grazing) * again;
    vec3 direct = diffuse * (0.96 - 0.96 * grazing) + mirrors * visible * a2 / (d * d);
    vec3 color = direct * nl * light_color.rgb * reached(n);
    // A lobe as wide as the roughness keeps exp(-l (l + 1) a² / 2) of the room's order l; a matte one 2/3 and 1/4. The
    // second order is held back, as nothing above it is known.
    float one = 1.5 * exp(-a2), two = min(4.0 * exp(-3.0 * a2), 2.0);
    float sheen = (0.04 * single.x + single.y) * (1.0 + 0.04 * rest);
    vec3 around = room_light(n, 1.0, 1.0) * diffuse * (1.0 - sheen) +
                  room_light(reflect(-v, n), one, two) * (f0 * single.x + single.y) * again;
#ifdef MAP_OCCLUSION
    around *= 1.0 + motion.w * (texture(map_occlusion, uv_of(OCCLUSION)).r - 1.0);
#endif
#ifdef FLAMES
    // it is some width, and shines a little round corners
    vec3 adds = vec3(0.0);
    for (int k = 0; k < FLAMES; k++) {
        vec3 way, warm = flame_color(k, way);
        adds += diffuse * warm * max(0.75 * dot(n, way) + 0.25, 0.0);
    }
    color = by_flames(color + around, adds) - around;
#endif
    leave(color + around + glow(), c.a);
}
