// How much of what is behind the person shows at a pixel of the picture.
#ifdef MATTE
uniform sampler2D matte;
uniform vec4 matte_map;  // picture pixel -> matte coordinate: scale x y, offset x y
uniform float behind;    // how much the body hides it
#ifdef HANDS
uniform sampler2D hands;  // r where a hand is, g how much it hides it
uniform vec4 hands_map;
uniform float only_hands;  // 1 for what falls on a hand and nowhere else: the shadow of what stands on it
#endif

float visible() {
    float hidden = behind * smoothstep(0.35, 0.65, texture(matte, gl_FragCoord.xy * matte_map.xy + matte_map.zw).r);
#ifdef HANDS
    vec2 hand = texture(hands, gl_FragCoord.xy * hands_map.xy + hands_map.zw).rg;
    hidden = mix(max(hidden, only_hands), hand.g, smoothstep(0.35, 0.65, hand.r));
#endif
    return 1.0 - hidden;
}
#else
float visible() {
    return 1.0;
}
#endif
