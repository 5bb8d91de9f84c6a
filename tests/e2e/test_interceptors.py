# SPDX-License-Identifier: Apache-2.0
"""Real TLS inspectors, switched on and off over sessions that clients hold.

Which of them it has in front of it the program is not told. Whether a handshake was full or resumed, and with whose certificate,
is what the client's own TLS end says; whose connection came to the server is read off its port.
"""

import json
import shutil

import pytest
from twinwire_program import results

pytestmark = pytest.mark.usefixtures("live_bench")

KINDS = ("id", "ticket", "psk")
FAMILIES = 2
ORIGINS_KEY = ("squid-bump", "sslsplit", "mitmproxy", "haproxy-tls")
FORGING = ("squid-bump-forged", "sslsplit-forged")
NEEDED = {"squid": "squid", "sslsplit": "sslsplit", "mitmproxy": "mitmdump", "haproxy": "haproxy", "nginx": "nginx"}
SWITCHED_ON = ("no-inspection", "inspection")
SWITCHED_OFF = ("inspection", "no-inspection")


def need(bench):
    program = NEEDED[bench.split("-")[0]]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def write(scenario, change, handshake="full", client="", server="", matrix=True):
    """A client gets a session, the change is made, and the session is offered again."""
    before, after = change
    path = scenario(
        "returning",
        f'device applies "{before}"\nclient.a connects\nclient.a starts tls @full\nclient.a closes\n'
        f'device applies "{after}"\nclient.b connects\nclient.b resumes tls @handshake',
        f'[client]\ntls = {{ resume = "psk"{client} }}\n{server}',
    )
    kinds = ", ".join(f'"{kind}"' for kind in KINDS)
    with path.open("a", encoding="utf-8") as file:
        file.write(f'[expect]\nfull = "full"\nhandshake = {json.dumps(handshake)}\n')
        if matrix:
            file.write(f'[matrix]\n"client.tls.resume" = [{kinds}]\n')
    return path


def run(twinwire, tmp_path, bench, path, *words):
    directory = tmp_path / f"out-{len(list(tmp_path.iterdir()))}"
    ended = twinwire("run", path, "--bench", bench, "--no-baseline", "-o", directory, *words, timeout=300)
    assert ended.code in (0, 1), ended.err + ended.out
    return directory, results(directory)["results"]


def texts(result):
    return " | ".join([result.get("diagnosis", ""), result.get("reason", "")] + [f["text"] for f in result["findings"]])


def not_passed(outcome):
    return [(r["cell"], r["family"], r["verdict"], texts(r)) for r in outcome if r["verdict"] != "pass"]


def said(directory, wire, step):
    """What that end said in each transcript when the step was over, with the port that the client had."""
    facts = []
    for path in sorted((directory / "transcripts").glob("*.jsonl")):
        header, *events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        ports = {str(c["client_port"]) for c in header["connections"]}
        facts += [
            e["facts"] | {"client-ports": ports}
            for e in events
            if e["kind"] == "says" and e["wire"] == wire and e["step"] == step
        ]
    assert facts
    return facts


@pytest.mark.parametrize("bench", ORIGINS_KEY)
def test_with_the_servers_key_sessions_from_before_fall_back_to_full_handshakes(twinwire, tmp_path, scenario, bench):
    need(bench)
    directory, outcome = run(twinwire, tmp_path, bench, write(scenario, SWITCHED_ON))
    assert not_passed(outcome) == []
    assert len(outcome) == len(KINDS) * FAMILIES
    # A client cannot tell the inspector from the server by its certificate.
    assert len({f["certificate"] for step in (3, 7) for f in said(directory, "client", step)}) == 1
    # Squid that bumps at once asks the server when it has been asked itself, and here nobody does.
    asked = {f["tcp"] != "nothing" for f in said(directory, "server", 7)}
    assert asked == {bench != "squid-bump"}


@pytest.mark.parametrize("bench", ORIGINS_KEY)
def test_the_server_does_not_know_the_sessions_that_an_inspector_gave(twinwire, tmp_path, scenario, bench):
    need(bench)
    _, outcome = run(twinwire, tmp_path, bench, write(scenario, SWITCHED_OFF))
    assert not_passed(outcome) == []
    assert len(outcome) == len(KINDS) * FAMILIES


@pytest.mark.parametrize("bench", FORGING)
def test_an_inspector_with_certificates_of_its_own_is_seen_by_them(twinwire, tmp_path, scenario, bench):
    need(bench)
    directory, _ = run(twinwire, tmp_path, bench, write(scenario, SWITCHED_ON))
    before, after = ({f["certificate"] for f in said(directory, "client", step)} for step in (3, 7))
    assert len(before) == 1
    assert not before & after
    assert all(f["resumed"] == "no" for f in said(directory, "client", 7))


def test_squid_that_splices_lets_sessions_be_resumed(twinwire, tmp_path, scenario):
    need("squid-splice")
    directory, outcome = run(twinwire, tmp_path, "squid-splice", write(scenario, SWITCHED_ON, handshake="resumed"))
    assert not_passed(outcome) == []
    # It took the connection all the same: the server's peer has another port than the client.
    assert all(f["peer-port"] in f["client-ports"] for f in said(directory, "server", 3))
    assert not any(f["peer-port"] in f["client-ports"] for f in said(directory, "server", 7))


def test_what_is_not_inspected_any_more_reaches_the_server_from_the_clients_own_port(twinwire, tmp_path, scenario):
    need("haproxy-tls")
    directory, _ = run(twinwire, tmp_path, "haproxy-tls", write(scenario, SWITCHED_OFF))
    assert not any(f["peer-port"] in f["client-ports"] for f in said(directory, "server", 3))
    assert all(f["peer-port"] in f["client-ports"] for f in said(directory, "server", 7))


@pytest.mark.parametrize("bench", ["haproxy-tls12", "nginx-tls12"])
def test_an_inspector_that_speaks_tls_12_at_most_refuses_early_data(twinwire, tmp_path, scenario, bench):
    need(bench)
    offer = ", also_older = true"
    _, outcome = run(twinwire, tmp_path, bench, write(scenario, SWITCHED_ON, client=offer, matrix=False))
    assert not_passed(outcome) == []
    early = {"client": f"{offer}, early_data = 100", "server": "[server]\ntls = { early_data = 16384 }\n"}
    # It closes with early data unread, so that a RST may overtake the alert.
    path = write(scenario, SWITCHED_ON, ["alert", "reset"], **early, matrix=False)
    directory, outcome = run(twinwire, tmp_path, bench, path, "--repeat", "5")
    assert not_passed(outcome) == []
    assert len(outcome) == 5 * FAMILIES
    assert {f["alert-received"] for f in said(directory, "client", 7) if "alert-received" in f} == {"10"}


def test_repeated_cells_stay_apart_from_each_other(twinwire, tmp_path, scenario):
    need("haproxy-tls")
    directory, outcome = run(twinwire, tmp_path, "haproxy-tls", write(scenario, SWITCHED_ON), "--repeat", "5")
    assert not_passed(outcome) == []
    assert len(outcome) == 5 * len(KINDS) * FAMILIES
    assert all(f["resumed"] == "no" for f in said(directory, "server", 7))
