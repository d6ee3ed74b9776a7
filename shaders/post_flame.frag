// A flame's light on the camera's picture: what is shown there becomes so much brighter. Laid over it as a factor.
// Nobody knows how far away things are; a hand is taken to be near the flame, the person less so, the room far behind.
#include "common_matte.glsl"

uniform vec4 flame;       // pixel x y, metres a pixel at its distance, 1 over the square of the metres at which it ends
uniform vec3 warm;        // linear, on white at a metre
uniform vec3 away;        // metres from the flame: of a hand, of the person, of the room
layout(location = 0) out vec4 o_color;

void main() {
    vec2 off = (gl_FragCoord.xy - flame.xy) * flame.z;
    float aside = dot(off, off), rim = 1.0 - aside * flame.w;
    if (rim <= 0.0) discard;
    float depth = away.z;
#ifdef MATTE
    depth = mix(depth, away.y, smoothstep(0.35, 0.65, texture(matte, gl_FragCoord.xy * matte_map.xy + matte_map.zw).r));
#ifdef HANDS
    vec2 at = gl_FragCoord.xy * hands_map.xy + hands_map.zw;
    depth = mix(depth, away.x, smoothstep(0.35, 0.65, texture(hands, at).r));
#endif
#endif
    float far = aside + depth * depth;
    // the more beside it, the more a surface that faces the lens is lit from the side
    vec3 gain = warm * (rim * rim * (0.35 + 0.65 * depth * inversesqrt(far)) / far);
    // encoded, within a hundredth of the 2.2th root
    o_color = vec4(sqrt(1.0 + 0.85 * gain) - 1.0, 0.0);
}
