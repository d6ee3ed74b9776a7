// A figure's shadow on the floor as it was worked out before (post_shadow.frag), looked up.
#include "common_matte.glsl"

uniform sampler2D darkness;
uniform vec4 rect;
in vec2 v_at;
layout(location = 0) out vec4 o_color;

void main() {
    vec2 at = (v_at - rect.xy) / (rect.zw - rect.xy);
    o_color = vec4(0.0, 0.0, 0.0, texture(darkness, at).a * visible());
}
