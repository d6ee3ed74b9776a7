"""Words for units, money, regnal names and abbreviations, as tables."""

from __future__ import annotations

from typing import Final


def _table(text: str) -> dict[str, str]:
    """``key: words`` pairs, divided by semicolons."""
    pairs = (entry.split(":", 1) for entry in text.replace("\n", " ").split(";") if entry.strip())
    return {key.strip(): words.strip() for key, words in pairs}


UNITS: Final = _table(
    """km: kilometer; cm: centimeter; mm: millimeter; m: meter; nm: nanometer; µm: micrometer; μm: micrometer;
    mi: mile; yd: yard; yds: yard; ft: foot/feet; lb: pound; lbs: pound; oz: ounce; kg: kilogram; g: gram;
    mg: milligram; µg: microgram; l: liter; L: liter; ml: milliliter; mL: milliliter; cl: centiliter; ha: hectare;
    h: hour; hr: hour; hrs: hour; min: minute; mins: minute; sec: second; secs: second; s: second; ms: millisecond;
    Hz: hertz/hertz; kHz: kilohertz/kilohertz; MHz: megahertz/megahertz; GHz: gigahertz/gigahertz; W: watt;
    kW: kilowatt; MW: megawatt; kWh: kilowatt hour; V: volt; mAh: milliamp hour; kB: kilobyte; KB: kilobyte;
    MB: megabyte; GB: gigabyte; TB: terabyte; Mbps: megabit per second/megabits per second; dB: decibel; px: pixel;
    fps: frame per second/frames per second; rpm: revolution per minute/revolutions per minute;
    mph: mile per hour/miles per hour; kph: kilometer per hour/kilometers per hour; kcal: kilocalorie;
    kmh: kilometer per hour/kilometers per hour; mpg: mile per gallon/miles per gallon; yr: year; yrs: year; wk: week;
    wks: week; pts: point"""
)
"""One of it; more of it after a slash where that is not with an *s*."""

PER: Final = _table(
    """h: hour; hr: hour; s: second; sec: second; min: minute; kg: kilogram; l: liter; L: liter; m: meter;
    km: kilometer; cm: centimeter; day: day; g: gram; ml: milliliter"""
)

_MONEY: Final = _table(
    """$: dollar, dollars, cent, cents; USD: dollar, dollars, cent, cents; €: euro, euros, cent, cents;
    EUR: euro, euros, cent, cents; £: pound, pounds, penny, pence; GBP: pound, pounds, penny, pence;
    ¥: yen, yen; JPY: yen, yen; US$: U.S dollar, U.S dollars, cent, cents; HK$: Hong Kong dollar, Hong Kong dollars;
    C$: Canadian dollar, Canadian dollars, cent, cents; CA$: Canadian dollar, Canadian dollars, cent, cents;
    A$: Australian dollar, Australian dollars, cent, cents; AU$: Australian dollar, Australian dollars, cent, cents;
    NZ$: New Zealand dollar, New Zealand dollars, cent, cents; CHF: Swiss franc, Swiss francs; ₹: rupee, rupees;
    ₩: won, won; ₽: ruble, rubles; ₺: lira, lira; ₪: shekel, shekels; ฿: baht, baht; ₿: bitcoin, bitcoins;
    CNY: yuan, yuan; ¢: cent, cents"""
)
MONEY: Final = {k: tuple([*(w.strip() for w in v.split(",")), "", ""][:4]) for k, v in _MONEY.items()}
"""Sign -> one, more, and one and more of its hundredth, "" where it has none."""

REGNAL: Final = (
    "Alexander|Benedict|Boniface|Catherine|Charles|Christian|Clement|Darius|Edward|Elizabeth|Ferdinand|Francis|"
    "Frederick|George|Gregory|Gustav|Henry|Innocent|Ivan|James|John|Paul|Leo|Leopold|Louis|Ludwig|Mary|Napoleon|"
    "Nicholas|Otto|Pedro|Peter|Philip|Pius|Ptolemy|Ramses|Rameses|Richard|Robert|Rudolf|Sixtus|Urban|Victor|Wilhelm|"
    "William|Xerxes|(?:King|Queen|Pope|Emperor|Empress|Tsar|Sultan|Prince) [A-Z][a-z]+"
)
"""Who has a Roman numeral that is an ordinal: *Henry the eighth*."""
NUMBERED: Final = (
    "Chapter|Part|Act|Scene|Book|Volume|Section|Article|Appendix|Phase|Type|Level|Lesson|Figure|Table|Episode|War|Bowl|"
    "Rocky|Mark|Stage|Grade|Title|Unit|Class|Canto|Symphony|Apollo|Factor|Round|Schedule"
)
"""What has one that is a cardinal: *Chapter four*."""

ABBREVIATIONS: Final = _table(
    """e.g.: for example; eg.: for example; i.e.: that is; etc.: et cetera; vs.: versus; vs: versus; cf.: compare;
    viz.: namely; et al.: and others; a.k.a.: also known as; aka: also known as; approx.: approximately;
    dept.: department;
    govt.: government; est.: established; max.: maximum; avg.: average; misc.: miscellaneous; incl.: including;
    excl.: excluding; tel.: telephone; w/o: without; w/: with; b/c: because; c/o: care of; n/a: not applicable;
    N/A: not applicable; btw: by the way; BTW: by the way; imo: in my opinion; imho: in my humble opinion;
    idk: I don't know; IDK: I don't know; tbh: to be honest; brb: be right back; afaik: as far as I know;
    thx: thanks; pls: please; plz: please; ppl: people; asap: A.S.A.P; omg: oh my god; OMG: oh my god; fyi: F.Y.I;
    glTF: G.L.T.F; GLTF: G.L.T.F; gltf: G.L.T.F; C++: C plus plus;
    C#: C sharp; F#: F sharp; .NET: dot net; Node.js: node J.S;
    Mon: Monday; Tue: Tuesday; Tues: Tuesday; Thu: Thursday; Thur: Thursday; Thurs: Thursday; Fri: Friday; Mon.: Monday;
    Tue.: Tuesday; Tues.: Tuesday; Wed.: Wednesday; Thu.: Thursday; Thur.: Thursday; Thurs.: Thursday; Fri.: Friday;
    Inc.: Incorporated; Ltd.: Limited;
    Co.: Company; Corp.: Corporation; Ave.: Avenue; Blvd.: Boulevard; Rd.: Road; Ln.: Lane; Bros.: Brothers;
    Jr.: Junior; Sr.: Senior; Assn.: Association; Univ.: University"""
)
SHORT_MONTHS: Final = _table(
    "Jan.: January; Feb: February; Aug: August; Sept: September; Oct.: October; Nov: November; Dec: December"
)
"""Without a day beside them; names and words among them only with their full stop."""
TITLES: Final = _table(
    """Mr: Mister; Mrs: Missus; Ms: Miz; Mx: Mix; Dr: Doctor; Prof: Professor; St: Saint;
    Rev: Reverend; Fr: Father; Gen: General;
    Col: Colonel; Capt: Captain; Lt: Lieutenant; Sgt: Sergeant; Hon: Honorable; Gov: Governor; Sen: Senator;
    Rep: Representative; Pres: President; Mt: Mount; Ft: Fort; Maj: Major; Cmdr: Commander; Adm: Admiral"""
)
"""Before a name."""
COUNTED: Final = _table(
    """no: number; nos: numbers; fig: figure; figs: figures; vol: volume; ch: chapter; sec: section; p: page; pp: pages;
    art: article; eq: equation; op: opus; ver: version; para: paragraph; rm: room"""
)
"""Before a figure, with a full stop."""
EXTENSIONS: Final = _table(
    """py: P.Y; md: M.D; txt: text; vrm: V.R.M; glb: G.L.B; gltf: G.L.T.F; png: P.N.G; jpg: J peg; jpeg: J peg;
    mp3: M.P three; mp4: M.P four; wav: wave; json: jason; toml: toml; csv: C.S.V; pdf: P.D.F; html: H.T.M.L;
    htm: H.T.M;
    css: C.S.S; js: J.S; ts: T.S; zip: zip; exe: E.X.E; yaml: yaml; yml: yaml; doc: doc; docx: doc X; xls: X.L.S;
    xlsx: X.L.S.X; ppt: P.P.T; pptx: P.P.T.X; sh: S.H; mkv: M.K.V; gif: gif;
    svg: S.V.G; ini: ini; cfg: config; log: log;
    obj: O.B.J; stl: S.T.L; bvh: B.V.H; cpp: C.P.P; rs: R.S; tar: tar; gz: G.Z; bin: bin; dll: D.L.L; onnx: onyx"""
)
SYMBOLS: Final = _table(
    """&: and; +: plus; =: equals; @: at; %: percent; ×: times; ÷: divided by; ±: plus or minus; ≈: approximately;
    ≤: is at most; ≥: is at least; ≠: is not; →: to; ⇒: gives; √: the square root of; ∞: infinity; π: pi; §: section;
    ©: copyright; °: degrees; ∑: the sum of; ∆: delta; µ: micro; €: euros; $: dollars; £: pounds; ¥: yen;
    <: is less than;
    >: is greater than; /: slash; #: hash; ^: to the power of; −: minus"""
)
"""What is said for a sign that no rule has taken; all others are silent."""
