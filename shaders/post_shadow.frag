// The soft dark patch where feet meet the floor: darkest under them, gone at the rim.
#include "common_matte.glsl"

uniform float strength;
in vec2 v_at;
layout(location = 0) out vec4 o_color;

void main() {
    float r = max(1.0 - dot(v_at, v_at), 0.0);
    o_color = vec4(0.0, 0.0, 0.0, strength * r * r * visible());
}
