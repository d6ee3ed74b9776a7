// What the fragment shaders of surfaces share: where to sample, the base colour, the normal, and how colour leaves.
#include "common_color.glsl"
#include "common_figure.glsl"

in vec3 v_normal;
#ifdef POSITION
in vec3 v_position;
#endif
in vec2 v_uv;
#ifdef UV1
in vec2 v_uv1;
#endif
#ifdef COLOR
in vec4 v_color;
#endif
#ifdef TANGENT
in vec4 v_tangent;  // w the bitangent's sign
#endif

layout(location = 0) out vec4 o_color;

#if defined(UV_MOTION) && defined(MAP_UV_MASK)
uniform sampler2D map_uv_mask;
#endif

vec2 vertex_uv(int slot) {
#if defined(UV_SLOTS) && defined(UV1)
    return uv_rows[2 * slot].w > 0.5 ? v_uv1 : v_uv;
#else
    return v_uv;
#endif
}

// Where a texture is sampled: MToon's motion first, then the slot's own transform.
vec2 uv_of(int slot) {
    vec2 uv = vertex_uv(slot);
#ifdef UV_MOTION
    float t = eye.w;
#ifdef MAP_UV_MASK
    t *= texture(map_uv_mask, slot_uv(UV_MASK, vertex_uv(UV_MASK))).b;
#endif
    float a = motion.z * t;
    vec2 r = uv - 0.5;
    uv = vec2(cos(a) * r.x + sin(a) * r.y, cos(a) * r.y - sin(a) * r.x) + 0.5 + motion.xy * t;
#endif
#ifdef UV_SLOTS
    return slot_uv(slot, uv);
#else
    return uv;
#endif
}

#ifdef MAP_BASE
uniform sampler2D map_base;
#endif
vec3 painted = vec3(1.0);  // the base texture's own colour here, linear, once base() was asked

// Linear colour, straight alpha; leaves the fragment where a mask says so.
vec4 base() {
    vec4 c = base_color;
#ifdef MAP_BASE
    vec4 t = texture(map_base, uv_of(BASE));
    painted = to_linear(t.rgb);
    c *= vec4(painted, t.a);
#endif
#ifdef COLOR
    c *= v_color;
#endif
#ifdef ALPHA_MASK
    if (c.a < shade_color.w) discard;
#endif
#ifndef ALPHA_BLEND
    c.a = 1.0;
#endif
    return c;
}

#ifdef MAP_NORMAL
uniform sampler2D map_normal;
#endif

// Unit normal in the companion's frame, towards the viewer on both sides of a double-sided surface.
vec3 surface_normal() {
    vec3 n = normalize(v_normal);
#ifdef MAP_NORMAL
    vec2 uv = uv_of(NORMAL);
    vec3 m = texture(map_normal, uv).xyz * 2.0 - 1.0;
    m.xy *= emissive.w;
#ifdef TANGENT
    vec3 t = normalize(v_tangent.xyz);
    n = normalize(t * m.x + cross(n, t) * (v_tangent.w * m.y) + n * m.z);
#else
    // Tangents from screen derivatives (C. Schüler, "Followup: Normal Mapping Without Precomputed Tangents", 2013), the
    // right way round in a mirrored picture too.
    vec3 px = dFdx(v_position), py = dFdy(v_position);
    vec2 ux = dFdx(uv), uy = dFdy(uv);
    vec3 a = cross(py, n), b = cross(n, px);
    vec3 t = a * ux.x + b * uy.x, s = a * ux.y + b * uy.y;
    float most = max(dot(t, t), dot(s, s));
    if (most > 1e-20) {
        float scale = sign(dot(cross(px, py), n)) * inversesqrt(most);
        n = normalize(t * (scale * m.x) - s * (scale * m.y) + n * m.z);
    }
#endif
#endif
#ifdef DOUBLE_SIDED
    if (!gl_FrontFacing) n = -n;
#endif
    return n;
}

#ifdef MAP_EMISSIVE
uniform sampler2D map_emissive;
#endif

vec3 glow() {
#ifdef MAP_EMISSIVE
    return emissive.rgb * to_linear(texture(map_emissive, uv_of(EMISSIVE)).rgb);
#else
    return emissive.rgb;
#endif
}

// Encoded and premultiplied: everything after a surface shader works on the picture as it is shown.
void leave(vec3 color, float alpha) {
    o_color = vec4(to_encoded(color) * alpha, alpha);
}
