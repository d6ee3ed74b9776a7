// A figure's shadow on the floor: a soft dark patch where its feet are, and its own shape cast by the key light, softer
// and fainter with distance. Lengths are the patch's radius.
#include "common_matte.glsl"

uniform float strength;
in vec2 v_at;
layout(location = 0) out vec4 o_color;

#ifdef SHADOW
uniform sampler2DShadow shadow_map;
uniform vec2 faded;            // how far to the side and away from the light it is gone
uniform mat3 map_from_floor;  // (x, z, 1) to the map's u, v and depth
uniform vec3 thrown;          // x strength, yz a metre across and down the map

const vec2 TAPS[5] = vec2[5](vec2(-0.7, -0.2), vec2(0.2, -0.7), vec2(0.7, 0.2), vec2(-0.2, 0.7), vec2(0.0));

// How dark the cast shadow is here.
float cast_here() {
    vec2 way = v_at / faded;
    float far = dot(way, way), fade = max(1.0 - far, 0.0);
    vec3 at = map_from_floor * vec3(v_at, 1.0);
    vec2 wide = thrown.yz * (0.01 + 0.04 * far);
    float open = 0.0;
    for (int k = 0; k < 5; k++) open += texture(shadow_map, vec3(at.xy + TAPS[k] * wide, at.z));
    return thrown.x * fade * fade * (1.0 - open / 5.0);
}
#else
float cast_here() {
    return 0.0;
}
#endif

void main() {
    float r = max(1.0 - dot(v_at, v_at), 0.0);
    float light = (1.0 - strength * r * r) * (1.0 - cast_here());
    o_color = vec4(0.0, 0.0, 0.0, (1.0 - light) * visible());
}
