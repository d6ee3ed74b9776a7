// Lays the companion's own small picture over the camera's, where the person does not hide it.
#include "common_matte.glsl"
#include "common_camera.glsl"

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

#ifdef SPREAD
vec4 softened(ivec2 p) {
    vec4 sum = vec4(0.0);
    float all = 0.0;
    ivec2 last = textureSize(figure) - 1;
    int reach = int(ceil(2.0 * spread.z));
    for (int y = -reach; y <= reach; y++)
        for (int x = -reach; x <= reach; x++) {
            float w = exp(-float(x * x + y * y) / (2.0 * spread.z * spread.z));
            sum += w * figure_at(clamp(p + ivec2(x, y), ivec2(0), last));
            all += w;
        }
    return figure_at(p) * spread.x + sum * (spread.y / all);
}
#endif
#else
// Drawn larger than it is shown; the linear filter averages what falls on one pixel.
uniform sampler2D figure;
uniform vec2 step_uv;
uniform float shift;

vec4 figure_at(ivec2 p) {
    return textureLod(figure, (vec2(p) + shift) * step_uv, 0.0);
}

#ifdef SPREAD
vec4 softened(ivec2 p) {
    vec2 uv = (vec2(p) + shift) * step_uv;
    return textureLod(figure, uv, spread.z) * spread.x + textureLod(figure, uv, spread.z + 1.0) * spread.y;
}
#endif
#endif

void main() {
    ivec2 p = ivec2(gl_FragCoord.xy) - corner;
#ifdef SPREAD
    vec4 c = softened(p);
    // Sharpened, it may go beyond what there is.
    c.a = clamp(c.a, 0.0, 1.0);
    c.rgb = clamp(c.rgb, vec3(0.0), vec3(c.a));
#else
    vec4 c = figure_at(p);
#endif
#ifdef GRAIN
    c.rgb = grained(c);
#endif
    o_color = c * (opacity * visible());
}
