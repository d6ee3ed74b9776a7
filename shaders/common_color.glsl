// Between encoded (sRGB) and linear colour. Square roots and a cubic instead of powers: within 0.002 of IEC 61966-2-1.
vec3 to_linear(vec3 c) {
    return c * (c * (c * 0.305306011 + 0.682171111) + 0.012522878);
}

vec3 to_encoded(vec3 c) {
    vec3 a = sqrt(clamp(c, 0.0, 1.0));
    vec3 b = sqrt(a);
    return clamp(0.662002687 * a + 0.684122060 * b - 0.323583601 * sqrt(b) - 0.0225411470 * a * a, 0.0, 1.0);
}
