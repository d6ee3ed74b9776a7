// Every vertex of a companion: shaped by its morph targets, moved by up to JOINTS joints, its outline pushed out along
// the normal.
#include "common_figure.glsl"

layout(location = 0) in vec3 a_position;
layout(location = 1) in vec3 a_normal;
layout(location = 2) in vec2 a_uv;
layout(location = 3) in vec2 a_uv1;
layout(location = 4) in vec4 a_color;
layout(location = 5) in uvec4 a_joints;
layout(location = 6) in vec4 a_weights;
layout(location = 7) in vec4 a_tangent;  // w the bitangent's sign
layout(location = 8) in int a_row;       // in the morph texture, or -1
#if JOINTS == 8
layout(location = 9) in vec4 a_weights1;
layout(location = 10) in uvec4 a_joints1;
#endif

layout(std140) uniform Palette {
    vec4 palette[3 * PALETTE];
};

#ifdef MORPHS
uniform samplerBuffer morphs;  // target by target, row by row: what it adds to position, normal and tangent
layout(std140) uniform Morphs {
    ivec4 morph_count;         // x how many are active
    ivec4 morph_list[MORPHS];  // x weight (a float's bits), y the target's first texel
};
#endif

#ifdef MAP_OUTLINE_WIDTH
uniform sampler2D map_outline_width;
#if defined(UV_MOTION) && defined(MAP_UV_MASK)
uniform sampler2D map_uv_mask;
#endif

vec2 width_uv() {
#ifdef UV1
    vec2 uv = uv_rows[2 * OUTLINE_WIDTH].w > 0.5 ? a_uv1 : a_uv;
#else
    vec2 uv = a_uv;
#endif
#ifdef UV_MOTION
    float t = eye.w;
#ifdef MAP_UV_MASK
    t *= textureLod(map_uv_mask, slot_uv(UV_MASK, uv), 0.0).b;
#endif
    float a = motion.z * t;
    vec2 r = uv - 0.5;
    uv = vec2(cos(a) * r.x + sin(a) * r.y, cos(a) * r.y - sin(a) * r.x) + 0.5 + motion.xy * t;
#endif
    return slot_uv(OUTLINE_WIDTH, uv);
}
#endif

#if defined(OUTLINE_WORLD) || defined(OUTLINE_SCREEN)
uniform vec2 thin;  // a hull too thin for whole pixels is made this much wider, and so much fainter (y)
#endif

out vec3 v_normal;
#ifdef TANGENT
out vec4 v_tangent;
#endif
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
#if JOINTS >= 4
    x += palette[j.z] * a_weights.z + palette[j.w] * a_weights.w;
    y += palette[j.z + 1] * a_weights.z + palette[j.w + 1] * a_weights.w;
    z += palette[j.z + 2] * a_weights.z + palette[j.w + 2] * a_weights.w;
#endif
#if JOINTS == 8
    j = ivec4(a_joints1) * 3;
    for (int k = 0; k < 4; k++) {
        x += palette[j[k]] * a_weights1[k];
        y += palette[j[k] + 1] * a_weights1[k];
        z += palette[j[k] + 2] * a_weights1[k];
    }
#endif
#endif
    vec3 shape = a_position, n = a_normal;
#ifdef TANGENT
    vec3 t = a_tangent.xyz;
#endif
#ifdef MORPHS
    if (a_row >= 0) {
        for (int k = 0; k < morph_count.x; k++) {
            float weight = intBitsToFloat(morph_list[k].x);
            int texel = morph_list[k].y + a_row * MORPH_TEXELS;
            shape += weight * texelFetch(morphs, texel).xyz;
#if MORPH_TEXELS > 1
            n += weight * texelFetch(morphs, texel + 1).xyz;
#endif
#if MORPH_TEXELS > 2 && defined(TANGENT)
            t += weight * texelFetch(morphs, texel + 2).xyz;
#endif
        }
    }
#endif
    vec4 p = vec4(shape, 1.0);
    vec3 position = vec3(dot(x, p), dot(y, p), dot(z, p));
    // The inverse transpose, so that normals stay upright on stretched and mirrored parts: cofactors, and the sign.
    vec3 yz = cross(y.xyz, z.xyz);
    vec3 normal = vec3(dot(yz, n), dot(cross(z.xyz, x.xyz), n), dot(cross(x.xyz, y.xyz), n));
    float side = dot(x.xyz, yz) < 0.0 ? -1.0 : 1.0;
    normal *= side * inversesqrt(max(dot(normal, normal), 1e-30));
#if defined(OUTLINE_WORLD) || defined(OUTLINE_SCREEN)
    float width = outline_color.w;
#ifdef MAP_OUTLINE_WIDTH
    width *= textureLod(map_outline_width, width_uv(), 0.0).g;
#endif
#ifdef OUTLINE_SCREEN
    // A share of half the picture's height, at this depth.
    width *= -(view_from_model * vec4(position, 1.0)).z * light.w / length(view_from_model[1].xyz);
#endif
    position += normal * width * thin.x;
#endif
    v_normal = normal;
#ifdef TANGENT
    v_tangent = vec4(dot(x.xyz, t), dot(y.xyz, t), dot(z.xyz, t), a_tangent.w * side);
#endif
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
