// How much of what is behind the person shows at a pixel of the picture.
#ifdef MATTE
uniform sampler2D matte;
uniform vec4 matte_map;  // picture pixel -> matte coordinate: scale x y, offset x y

float visible() {
    return 1.0 - smoothstep(0.35, 0.65, texture(matte, gl_FragCoord.xy * matte_map.xy + matte_map.zw).r);
}
#else
float visible() {
    return 1.0;
}
#endif
