"""The one style sheet, in the page itself: nothing is loaded from anywhere. Logical properties, so that one sheet
serves both directions; contrast at least 4.5 to 1 for text, 3 to 1 for borders of controls (WCAG 2.2 AA).
"""

import base64
import hashlib

STYLE = """
:root{color-scheme:light;--ink:#17212b;--soft:#4a5866;--line:#c9d2da;--edge:#6b7885;--paper:#fff;--ground:#f2f5f7;
--brand:#0b5345;--good:#e6f4ea;--good-ink:#0d5327;--wait:#fff4d6;--wait-ink:#5c4300;--bad:#fdeaea;--bad-ink:#8a1414}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1.0625rem/1.6 system-ui,"Noto Sans","Segoe UI",sans-serif}
:lang(ar){font-family:"Noto Sans Arabic","Noto Naskh Arabic","Segoe UI",Tahoma,system-ui,sans-serif;line-height:1.8}
header,main,footer{max-width:40rem;margin-inline:auto;padding-inline:1rem}
.bar{background:var(--brand);color:#fff}
header{display:flex;justify-content:space-between;align-items:center;gap:1rem;min-height:3.5rem}
header p{margin:0}
.brand{font-weight:700;margin-inline-end:.3rem}
.bar a{color:#fff;padding:.6rem .3rem}
main{padding-block:1.25rem}
h1{font-size:1.5rem;line-height:1.35;margin:0 0 .75rem}
h2{font-size:1.15rem;line-height:1.4;margin:0 0 .5rem}
section,.notice{background:var(--paper);border:1px solid var(--line);border-radius:.6rem;padding:1.1rem;
margin-block:1rem}
.notice{border-inline-start:.4rem solid var(--edge)}
.notice p,.notice h1{margin:0}
.notice p+p,.notice h1+p{margin-block-start:.4rem}
.good{background:var(--good);border-color:var(--good-ink);color:var(--good-ink)}
.wait{background:var(--wait);border-color:var(--wait-ink);color:var(--wait-ink)}
.bad{background:var(--bad);border-color:var(--bad-ink);color:var(--bad-ink)}
.total{font-size:2rem;font-weight:700;line-height:1.3;margin:.2rem 0 .8rem}
dl{margin:0;display:grid;grid-template-columns:minmax(7rem,auto) 1fr;gap:.35rem 1rem}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
.number{font-variant-numeric:tabular-nums;letter-spacing:.03em;white-space:nowrap}
.tag{background:var(--bad);color:var(--bad-ink);border-radius:.3rem;padding:.05rem .45rem;font-size:.9rem}
form{margin:0}
fieldset{border:0;margin:0;padding:0}
legend,.label{font-weight:700;padding:0;margin-block-end:.4rem;display:block;font-size:1.15rem}
.choice{display:flex;gap:.75rem;align-items:flex-start;border:1px solid var(--edge);border-radius:.5rem;padding:.8rem}
.choice input{inline-size:1.3rem;block-size:1.3rem;margin:.25rem 0 0;accent-color:var(--brand);flex:none}
.choice+.choice{margin-block-start:.5rem}
.choice>div{flex:1;min-width:0}
.apart{margin-block-end:1.2rem}
.bills{list-style:none;margin:0;padding:0}
.bills li{display:flex;justify-content:space-between;gap:1rem;flex-wrap:wrap;border-block-start:1px solid var(--line);
padding-block:.6rem}
.bills .tag{display:block;text-align:center}
.hint{color:var(--soft);font-size:.95rem;font-weight:400;display:block}
summary .hint{display:inline}
.error{color:var(--bad-ink);display:block;font-weight:600}
input[type=text]{font:inherit;inline-size:100%;padding:.7rem;border:1px solid var(--edge);border-radius:.5rem;
margin-block:.4rem .2rem;direction:ltr;letter-spacing:.08em;background:#fff;color:var(--ink)}
:lang(ar) input[type=text]{text-align:right}
input.words{direction:inherit;letter-spacing:normal}
:lang(ar) input.words{text-align:start}
select{font:inherit;inline-size:100%;padding:.7rem;border:1px solid var(--edge);border-radius:.5rem;
margin-block:.4rem .2rem;background:#fff;color:var(--ink)}
button,.button{display:block;inline-size:100%;font:inherit;font-weight:700;text-align:center;text-decoration:none;
background:var(--brand);color:#fff;border:2px solid var(--brand);border-radius:.5rem;padding:.75rem 1rem;
margin-block-start:1rem;cursor:pointer;min-block-size:3rem}
button:hover,.button:hover{background:#083d33}
.plain{background:#fff;color:var(--brand)}
.plain:hover{background:var(--ground)}
a{color:var(--brand)}
:focus-visible{outline:3px solid #b35c00;outline-offset:2px}
.bar :focus-visible{outline-color:#ffd27a}
details{border-block-start:1px solid var(--line)}
details:first-of-type{border-block-start:0}
summary{padding:.65rem 0;cursor:pointer;font-weight:600}
details ol{margin:0 0 .8rem;padding-inline-start:1.6rem}
ol.timeline{list-style:none;margin:0;padding:0;border-inline-start:.15rem solid var(--edge)}
.timeline li{padding-inline-start:.9rem;margin-block-end:.6rem}
.timeline span{font-weight:600;display:block}
.timeline time{color:var(--soft);font-size:.95rem}
section>ol:not(.timeline){margin:0;padding-inline-start:1.4rem}
.choice input:disabled+div{color:var(--soft)}
.code svg{display:block;inline-size:min(100%,16rem);block-size:auto;margin:.6rem auto 0}
footer{color:var(--soft);font-size:.95rem;padding-block:.25rem 2rem}
@media (max-width:26rem){dl{grid-template-columns:1fr;gap:0}dd{margin-block-end:.5rem}}
@media print{.bar,footer,form,.button{display:none}body{background:#fff}}
"""

STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
"""Names the sheet in the content security policy: no other style runs."""
