// Between encoded (sRGB, IEC 61966-2-1) and linear colour, with square roots and a polynomial instead of powers: within
// 0.7 of 255 of the standard there and back. SRGB: the driver has decoded colour textures already.
#ifdef SRGB
vec3 to_linear(vec3 c) {
    return c;
}
#else
vec3 to_linear(vec3 c) {
    return c * (c * (c * (c * -0.36419104 + 0.9504471) + 0.34760824) + 0.06023074);
}
#endif

vec3 to_encoded(vec3 c) {
    c = clamp(c, 0.0, 1.0);
    vec3 a = sqrt(c);
    vec3 curve = 0.83349502 * a + 0.29832683 * sqrt(a) - 0.0552294 * c - 0.07695099;
    return mix(12.92 * c, curve, step(0.0031308, c));
}
