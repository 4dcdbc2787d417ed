"""How the pages look: one sheet, in the page itself, allowed by its hash and nothing else."""

from typing import Final

STYLE: Final = """
:root{color-scheme:light dark;--bg:#f4f6f8;--card:#fff;--ink:#17212b;--soft:#53616f;--line:#d5dce3;
--accent:#0b63b6;--on:#fff;--good:#17693a;--bad:#a8261a;--wait:#7a5200}
@media (prefers-color-scheme:dark){:root{--bg:#11171d;--card:#1b242d;--ink:#e8edf2;--soft:#a9b6c3;
--line:#36434f;--accent:#7fbcf5;--on:#0d141a;--good:#74d19a;--bad:#ff9d92;--wait:#f0c067}}
*{box-sizing:border-box}
html{font:16px/1.5 system-ui,sans-serif;background:var(--bg);color:var(--ink);
-webkit-text-size-adjust:100%}
body{margin:0}
header,main,footer{max-width:46rem;margin:0 auto;padding:.75rem 1rem}
header{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;justify-content:space-between}
header form{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;color:var(--soft)}
header a{font-weight:600;text-decoration:none}
a{color:var(--accent)}
footer{color:var(--soft);font-size:.875rem}
h1{font-size:1.375rem;line-height:1.3;margin:.25rem 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.0625rem;margin:0 0 .75rem}
p{margin:.5rem 0;overflow-wrap:anywhere}
section,.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;
padding:1rem;margin:1rem 0}
dl{margin:0}
dl>div{padding:.5rem 0;border-top:1px solid var(--line)}
dl>div:first-child{border-top:0;padding-top:0}
.total dd{font-size:1.25rem;font-weight:700}
dt{color:var(--soft);font-size:.875rem}
dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
ul{list-style:none;margin:0;padding:0}
li a{display:block;padding:.75rem 0;text-decoration:none;color:inherit}
li+li{border-top:1px solid var(--line)}
li strong{color:var(--accent);overflow-wrap:anywhere}
.soft{color:var(--soft)}
.state{display:inline-block;border:1px solid;border-radius:1rem;padding:0 .625rem;
font-size:.875rem;font-weight:600}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
.note{border:1px solid;border-left-width:.375rem;border-radius:.5rem;padding:.625rem .875rem;
margin:1rem 0;background:var(--card);overflow-wrap:anywhere}
label{display:block;font-weight:600;margin:.75rem 0 .25rem}
label span{font-weight:400;color:var(--soft)}
input,button{font:inherit;min-height:2.75rem;border-radius:.5rem}
input:not([type=hidden]){width:100%;padding:.5rem .75rem;border:1px solid var(--soft);
background:var(--bg);color:var(--ink)}
button{padding:.5rem 1.25rem;border:1px solid var(--accent);background:var(--accent);
color:var(--on);font-weight:600;cursor:pointer;margin-top:.75rem;width:100%}
button.no{background:transparent;border-color:var(--bad);color:var(--bad)}
header button{margin:0;width:auto;background:transparent;color:var(--accent)}
a:focus-visible,input:focus-visible,button:focus-visible{outline:3px solid var(--accent);
outline-offset:2px}
@media (min-width:40rem){
dl>div{display:grid;grid-template-columns:12rem 1fr;column-gap:1rem}
dd{grid-column:2}
.choices{display:grid;grid-template-columns:1fr 1fr;gap:2rem}
h1{font-size:1.625rem}
}
"""
