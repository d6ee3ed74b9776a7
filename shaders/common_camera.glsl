// What the camera would have made of what is drawn: as soft, and as noisy.
// spread: weight of what is drawn, of its softer copy, and which copy (render/grain.py); noise: sigma at black, at white.
#ifdef SPREAD
uniform vec3 spread;
#endif

#ifdef GRAIN
uniform sampler2D grain;
uniform vec2 noise;
uniform ivec2 grain_at;

const int GRAIN_SIDE = 128;
const float GRAIN_MOST = 4.0;  // sigmas from the middle of the texture's range to its end

vec3 grained(vec4 c) {
    ivec2 p = (ivec2(gl_FragCoord.xy) + grain_at) & (GRAIN_SIDE - 1);
    vec3 n = (texelFetch(grain, p, 0).rgb * (255.0 / 127.0) - 128.0 / 127.0) * GRAIN_MOST;
    float level = dot(c.rgb, vec3(0.299, 0.587, 0.114));
    return clamp(c.rgb + n * (noise.x * c.a + (noise.y - noise.x) * level), vec3(0.0), vec3(c.a));
}
#endif
