// What light reaches a surface: the key light past what casts shadows, and the room around it.
#ifdef SHADOW
uniform sampler2DShadow shadow_map;

// Share of the key light that reaches a point with this normal. SHADOW comparisons (2, 4 or 9) about a texel apart, each
// interpolated: their sum is smooth, without steps from texel to texel. With 1, neighbours in a square of four take the
// two in turn, and are averaged later. A surface turned away from the light is shaded by that alone.
float reached(vec3 n) {
    float turned = max(dot(n, light.xyz), 0.0);
    vec4 p = vec4(v_position + n * (shadow_step.z * (1.0 - turned)), 1.0);
    vec3 at = vec3(dot(shadow_rows[0], p), dot(shadow_rows[1], p), dot(shadow_rows[2], p) - shadow_step.w);
    float open = 0.0;
#if SHADOW == 1
    float other = ((int(gl_FragCoord.x) ^ int(gl_FragCoord.y)) & 1) == 0 ? 1.0 : -1.0;
    open += texture(shadow_map, vec3(at.xy + other * vec2(0.5, 0.3) * shadow_step.xy, at.z));
#elif SHADOW == 2
    open += texture(shadow_map, vec3(at.xy + vec2(0.5, 0.3) * shadow_step.xy, at.z));
    open += texture(shadow_map, vec3(at.xy - vec2(0.5, 0.3) * shadow_step.xy, at.z));
#else
    const int side = SHADOW == 4 ? 2 : 3;
    for (int k = 0; k < SHADOW; k++) {
        vec2 tap = vec2(k % side, k / side) - 0.5 * float(side - 1);
        open += texture(shadow_map, vec3(at.xy + tap * shadow_step.xy, at.z));
    }
#endif
    return 1.0 - light_color.w * min(4.0 * turned, 1.0) * (1.0 - open / float(SHADOW));
}
#else
float reached(vec3 n) {
    return 1.0;
}
#endif

// The room's light on a white surface with this normal; one, two : how much of the first and second order is kept, 1 as
// a matte surface has it (R. Ramamoorthi, P. Hanrahan, "An Efficient Representation for Irradiance Environment Maps",
// 2001).
vec3 room_light(vec3 n, float one, float two) {
#ifdef ROOM
    vec3 slope = room[1].rgb * n.x + room[2].rgb * n.y + room[3].rgb * n.z;
    vec3 bend = room[4].rgb * (n.x * n.x) + room[5].rgb * (n.y * n.y) + room[6].rgb * (n.z * n.z) +
                room[7].rgb * (n.x * n.y) + room[8].rgb * (n.y * n.z) + room[9].rgb * (n.z * n.x);
    return max(room[0].rgb + slope * one + bend * two, 0.0);
#else
    return ambient.rgb;
#endif
}

#ifdef FLAMES
// One flame at this point: its colour on a white surface that faces it, and the way to it. It falls off with the
// distance's square and, nearer than some, smoothly grows no more; what it burns on is in the way of what is within
// 20 degrees below it, and in nobody's from 50 on.
vec3 flame_color(int k, out vec3 way) {
    vec4 at = flames[3 * k], up = flames[3 * k + 2];
    way = at.xyz - v_position;
    float far = dot(way, way), q = far / at.w;
    way *= inversesqrt(max(far, 1e-8));
    q *= q;
    float reaches = 1.0 - (1.0 - up.w) * smoothstep(0.64, 0.94, dot(way, up.xyz));
    return flames[3 * k + 1].rgb * (reaches * inversesqrt(sqrt(1.0 + q * q)) / at.w);
}

// What flames add to a colour: as it is for half the way up to white, and from there on gently less, all three
// channels alike. Cut off one by one, red first, a face by candle light would be yellow.
vec3 by_flames(vec3 color, vec3 adds) {
    vec3 all = color + adds;
    float before = max(color.r, max(color.g, color.b)), after = max(all.r, max(all.g, all.b));
    float half_way = 0.5 * max(1.0 - before, 0.04), over = after - before - half_way;
    return over <= 0.0 ? all : all * ((before + half_way * (2.0 - exp(-over / half_way))) / after);
}
#endif
