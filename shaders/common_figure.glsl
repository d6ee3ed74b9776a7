// What every surface shader knows. Lighting is worked out in the companion's own frame.
layout(std140) uniform Figure {
    mat4 clip_from_model;
    mat4 view_from_model;
    vec4 eye;             // xyz the camera in the companion's frame, w seconds
    vec4 light;           // xyz unit, towards the light, w 1 / projection[1][1]
    // Rows written by shadow.py in this order.
    vec4 light_color;     // linear, w how much of the light a full shadow takes
    vec4 ambient;         // linear, the room's light averaged over up and down
    vec4 shadow_rows[3];  // companion's frame to the shadow map's u, v and depth, 0 to 1
    vec4 shadow_step;     // xy a texel, z metres along the normal, w towards the light, as depth
    vec4 room[10];        // linear light around as seen by a white surface: 1, x, y, z, xx, yy, zz, xy, yz, zx of its normal
#ifdef FLAMES
    // of each where it is, w the square of the nearest it counts; its colour at distance 1; up, w its share straight down
    vec4 flames[3 * FLAMES];
#endif
};

// Rows of FLOAT4s written by material.py in this order.
layout(std140) uniform Material {
    vec4 base_color;     // linear, straight alpha
    vec4 shade_color;    // w alpha cutoff
    vec4 emissive;       // w normal scale
    vec4 matcap_color;   // w rim lift
    vec4 rim_color;      // w rim fresnel power
    vec4 outline_color;  // w outline width, metres or share of the picture
    vec4 toon;           // shading shift, toony, gi equalization, rim lighting mix
    vec4 extra;          // outline lighting mix, shift texture scale, metallic, roughness
    vec4 motion;         // uv scroll x y, uv rotation speed, occlusion strength
    vec4 uv_rows[22];    // two rows a slot: u' = dot(row.xyz, (u, v, 1)); first row's w is the TEXCOORD set
};

const int BASE = 0, SHADE = 1, SHIFT = 2, NORMAL = 3, EMISSIVE = 4, MATCAP = 5, RIM = 6, OUTLINE_WIDTH = 7, UV_MASK = 8,
    METAL_ROUGH = 9, OCCLUSION = 10;

vec2 slot_uv(int slot, vec2 uv) {
    vec3 p = vec3(uv, 1.0);
    return vec2(dot(uv_rows[2 * slot].xyz, p), dot(uv_rows[2 * slot + 1].xyz, p));
}
