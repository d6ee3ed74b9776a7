// Lays the companion's own small picture over the camera's, where the person does not hide it.
#include "common_matte.glsl"

uniform ivec2 corner;
uniform float opacity;
layout(location = 0) out vec4 o_color;

#if SAMPLES > 1
uniform sampler2DMS figure;

vec4 figure_at(ivec2 p) {
    vec4 c = vec4(0.0);
    for (int k = 0; k < SAMPLES; k++) c += texelFetch(figure, p, k);
    return c / float(SAMPLES);
}
#else
// Drawn larger than it is shown; the linear filter averages what falls on one pixel.
uniform sampler2D figure;
uniform vec2 step_uv;
uniform float shift;

vec4 figure_at(ivec2 p) {
    return textureLod(figure, (vec2(p) + shift) * step_uv, 0.0);
}
#endif

void main() {
    o_color = figure_at(ivec2(gl_FragCoord.xy) - corner) * (opacity * visible());
}
