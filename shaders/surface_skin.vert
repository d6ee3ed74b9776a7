// Every vertex of a companion: moved by up to JOINTS joints, its outline pushed out along the normal.
#include "common_figure.glsl"

layout(location = 0) in vec3 a_position;
layout(location = 1) in vec3 a_normal;
layout(location = 2) in vec2 a_uv;
layout(location = 3) in vec2 a_uv1;
layout(location = 4) in vec4 a_color;
layout(location = 5) in uvec4 a_joints;
layout(location = 6) in vec4 a_weights;

layout(std140) uniform Palette {
    vec4 palette[3 * PALETTE];
};

#ifdef MAP_OUTLINE_WIDTH
uniform sampler2D map_outline_width;
#endif

out vec3 v_normal;
#ifdef POSITION
out vec3 v_position;
#endif
out vec2 v_uv;
#ifdef UV1
out vec2 v_uv1;
#endif
#ifdef COLOR
out vec4 v_color;
#endif

void main() {
    ivec4 j = ivec4(a_joints) * 3;
#if JOINTS == 1
    vec4 x = palette[j.x], y = palette[j.x + 1], z = palette[j.x + 2];
#else
    vec4 x = palette[j.x] * a_weights.x + palette[j.y] * a_weights.y;
    vec4 y = palette[j.x + 1] * a_weights.x + palette[j.y + 1] * a_weights.y;
    vec4 z = palette[j.x + 2] * a_weights.x + palette[j.y + 2] * a_weights.y;
#if JOINTS == 4
    x += palette[j.z] * a_weights.z + palette[j.w] * a_weights.w;
    y += palette[j.z + 1] * a_weights.z + palette[j.w + 1] * a_weights.w;
    z += palette[j.z + 2] * a_weights.z + palette[j.w + 2] * a_weights.w;
#endif
#endif
    vec4 p = vec4(a_position, 1.0);
    vec3 position = vec3(dot(x, p), dot(y, p), dot(z, p));
    vec3 normal = vec3(dot(x.xyz, a_normal), dot(y.xyz, a_normal), dot(z.xyz, a_normal));
#if defined(OUTLINE_WORLD) || defined(OUTLINE_SCREEN)
    float width = outline_color.w;
#ifdef MAP_OUTLINE_WIDTH
    width *= textureLod(map_outline_width, slot_uv(OUTLINE_WIDTH, a_uv), 0.0).g;
#endif
#ifdef OUTLINE_SCREEN
    // Half the factor, times the picture's height at this depth.
    width *= -(view_from_model * vec4(position, 1.0)).z * light.w / length(view_from_model[1].xyz);
#endif
    position += normalize(normal) * width;
#endif
    v_normal = normal;
#ifdef POSITION
    v_position = position;
#endif
#ifdef UV_SLOTS
    v_uv = a_uv;
#else
    v_uv = slot_uv(BASE, a_uv);
#endif
#ifdef UV1
    v_uv1 = a_uv1;
#endif
#ifdef COLOR
    v_color = a_color;
#endif
    gl_Position = clip_from_model * vec4(position, 1.0);
#if defined(OUTLINE_WORLD) || defined(OUTLINE_SCREEN)
    gl_Position.z += 1e-6 * gl_Position.w;
#endif
}
