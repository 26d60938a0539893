"""The example of a cluster: three Qdrant nodes and two bots, for compose and for Kubernetes.

No cluster runs here: what can be told from the files is held against the settings, and the shell
commands in them are run.
"""

import http.server
import re
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from bot.settings import TOKEN_VARIABLE, BotConfig
from index.settings import ENGINE_KEY

CLUSTER = Path(__file__).parents[1] / ".deploy" / "cluster"
COMPOSE: dict[str, Any] = yaml.safe_load((CLUSTER / "compose.yaml").read_text())
PARTS: list[dict[str, Any]] = list(yaml.safe_load_all((CLUSTER / "kubernetes.yaml").read_text()))
SHARDS = "SEEDBOT_SHARDS"
HTTP, PEERS = 6333, 6335
# As Qdrant's own config file and its image's entry point name them.
KNOWN = {
    "QDRANT_INIT_FILE_PATH",
    "QDRANT__CLUSTER__ENABLED",
    "QDRANT__SERVICE__API_KEY",
    "QDRANT__STORAGE__SNAPSHOTS_PATH",
    "QDRANT__TELEMETRY_DISABLED",
}
SECRET = {TOKEN_VARIABLE, ENGINE_KEY, "QDRANT__SERVICE__API_KEY"}


def services(kind: str) -> dict[str, dict[str, Any]]:
    """Those of the compose file whose names begin so."""
    return {name: service for name, service in COMPOSE["services"].items() if name.startswith(kind)}


def part(kind: str, name: str) -> dict[str, Any]:
    """One of the objects for Kubernetes."""
    return next(each for each in PARTS if each["kind"] == kind and each["metadata"]["name"] == name)


def pod(name: str) -> dict[str, Any]:
    """What each pod of a set is made of."""
    found: dict[str, Any] = part("StatefulSet", name)["spec"]["template"]["spec"]
    return found


def container(name: str) -> dict[str, Any]:
    """The one container in each pod of a set."""
    (found,) = pod(name)["containers"]
    assert isinstance(found, dict)
    return found


def environment(name: str) -> dict[str, Any]:
    """The variables of a pod: their values, or where they come from."""
    return {
        each["name"]: each.get("value", each.get("valueFrom")) for each in container(name)["env"]
    }


def configs() -> Iterator[BotConfig]:
    """The bots' config, as compose and as Kubernetes has it."""
    for text in (
        (CLUSTER / "cluster.toml").read_text(),
        part("ConfigMap", "seedbot")["data"]["config.toml"],
    ):
        yield BotConfig.model_validate(tomllib.loads(text))


def shown(variable: str, command: list[str], folder: Path, **variables: str) -> str:
    """Run a container's command with stand-ins for its programs; return a variable or `$*`."""
    for name in ("python", "entrypoint.sh"):
        program = folder / name
        program.write_text(f'#!/bin/sh\nprintf %s "${variable}"\n')
        program.chmod(0o755)
    done = subprocess.run(  # noqa: S603 - our own command
        command,
        cwd=folder,
        env={"PATH": f"{folder}:/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_bots_ask_every_node_and_no_other() -> None:
    mine, theirs = configs()
    assert mine.index.engine == theirs.index.engine == "qdrant"
    named = [urlsplit(url) for url in mine.index.qdrant.url]
    assert {url.hostname for url in named} == set(services("qdrant"))
    nodes = part("StatefulSet", "qdrant")["spec"]
    assert {urlsplit(url).hostname for url in theirs.index.qdrant.url} == {
        f"qdrant-{number}.{nodes['serviceName']}" for number in range(nodes["replicas"])
    }
    assert {url.port for url in [*named, *map(urlsplit, theirs.index.qdrant.url)]} == {HTTP}


def test_a_node_may_be_gone_and_each_has_as_many_shards() -> None:
    for config in configs():
        nodes = len(config.index.qdrant.url)
        assert nodes >= 3
        assert 2 <= config.index.qdrant.replicas <= nodes
        assert config.index.qdrant.shards % nodes == 0


def test_both_examples_run_the_same_server_that_the_client_is_for() -> None:
    images = {service["image"] for service in services("qdrant").values()}
    assert images == {container("qdrant")["image"]}
    tag = re.fullmatch(r"qdrant/qdrant:v(\d+)\.(\d+)\.\d+-unprivileged", images.pop())
    assert tag
    major, minor, _ = metadata.version("qdrant-client").split(".")
    assert tag[1] == major
    assert abs(int(tag[2]) - int(minor)) <= 1


def test_no_image_is_whatever_is_newest() -> None:
    images = [each["image"] for each in COMPOSE["services"].values()]
    images += [container(name)["image"] for name in ("qdrant", "seedbot")]
    for image in images:
        assert ":" in image
        assert not image.endswith(":latest")


def test_every_variable_is_one_that_is_read() -> None:
    for service in services("qdrant").values():
        assert set(service["environment"]) <= KNOWN
    assert set(environment("qdrant")) <= KNOWN
    bots = [service["environment"] for service in services("bot").values()]
    for variables in [*bots, environment("seedbot")]:
        assert set(variables) <= {TOKEN_VARIABLE, ENGINE_KEY, SHARDS}


def test_secrets_come_from_outside_and_are_all_there() -> None:
    for service in COMPOSE["services"].values():
        for name, value in service["environment"].items():
            if name in SECRET:
                assert re.fullmatch(r"\$\{(DISCORD_TOKEN|QDRANT_API_KEY):\?[^}]+\}", value)
    for name in ("qdrant", "seedbot"):
        for variable, value in environment(name).items():
            if variable in SECRET:
                assert set(value) == {"secretKeyRef"}
    assert all(SECRET & set(each["environment"]) for each in COMPOSE["services"].values())
    assert not any(each["kind"] == "Secret" for each in PARTS)


def test_no_node_tells_its_maker_anything() -> None:
    for service in services("qdrant").values():
        assert service["environment"]["QDRANT__TELEMETRY_DISABLED"] == "true"
    assert environment("qdrant")["QDRANT__TELEMETRY_DISABLED"] == "true"


def test_all_nodes_but_the_first_join_it(tmp_path: Path) -> None:
    said = {name: " ".join(each["command"][1:]) for name, each in services("qdrant").items()}
    made = container("qdrant")
    for number in range(3):
        pods = shown("*", [*made["command"], *made["args"]], tmp_path, HOSTNAME=f"qdrant-{number}")
        join = f" --bootstrap http://qdrant-0:{PEERS}" if number else ""
        assert said[f"qdrant-{number}"] == f"--uri http://qdrant-{number}:{PEERS}{join}"
        assert pods == said[f"qdrant-{number}"].replace(f":{PEERS}", f".qdrant:{PEERS}")


def test_each_server_of_discord_has_one_bot(tmp_path: Path) -> None:
    written = [each["environment"][SHARDS] for each in services("bot").values()]
    made = container("seedbot")
    command = [*made["command"], *made["args"]]
    count = part("StatefulSet", "seedbot")["spec"]["replicas"]
    numbered = [
        shown(SHARDS, command, tmp_path, HOSTNAME=f"seedbot-{number}") for number in range(count)
    ]
    for shares in (written, numbered):
        assert shares == [f"{number}/{len(shares)}" for number in range(len(shares))]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (None, 1)])
def test_a_node_is_healthy_when_it_says_that_it_is_ready(status: int | None, code: int) -> None:
    class Node(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert status
            self.send_response(status if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Node) as server:
        port = server.server_port
        if status:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        else:
            server.server_close()
        for service in services("qdrant").values():
            how, *command = service["healthcheck"]["test"]
            assert how == "CMD"
            # Compose reads two dollars as one.
            line = [each.replace("$$", "$").replace(f"/{HTTP}", f"/{port}") for each in command]
            done = subprocess.run(line, capture_output=True, timeout=20, check=False)  # noqa: S603
            assert done.returncode == code
        if status:
            server.shutdown()


def test_containers_can_write_to_their_volumes_alone_and_are_nobody_special() -> None:
    for service in COMPOSE["services"].values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "ports" not in service
    for name in ("qdrant", "seedbot"):
        assert pod(name)["securityContext"]["runAsNonRoot"]
        assert not pod(name)["automountServiceAccountToken"]
        assert container(name)["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_every_container_has_a_bound_of_memory() -> None:
    for service in COMPOSE["services"].values():
        assert service["deploy"]["resources"]["limits"]["memory"]
    for name in ("qdrant", "seedbot"):
        assert container(name)["resources"]["limits"]["memory"]


def test_what_is_kept_is_in_a_volume_that_there_is() -> None:
    mine, theirs = configs()
    for config, mounts in (
        (mine, [each.split(":")[1] for each in services("bot")["bot-0"]["volumes"]]),
        (theirs, [each["mountPath"] for each in container("seedbot")["volumeMounts"]]),
    ):
        for kept in (config.index.seeds, config.index.store, config.records.file):
            assert any(f"/data/{kept}".startswith(f"{mount}") for mount in mounts), kept
    for service in services("bot").values():
        for volume in service["volumes"]:
            assert not volume.startswith(".") or (CLUSTER / volume.split(":")[0]).exists()
    used = {
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service["volumes"]
        if not volume.startswith(".")
    }
    assert used == set(COMPOSE["volumes"])
    for name in ("qdrant", "seedbot"):
        made = part("StatefulSet", name)["spec"].get("volumeClaimTemplates", [])
        there = {each["metadata"]["name"] for each in made}
        there |= {each["name"] for each in pod(name)["volumes"]}
        assert {each["name"] for each in container(name)["volumeMounts"]} == there
    for volume in pod("seedbot")["volumes"]:
        if claim := volume.get("persistentVolumeClaim"):
            part("PersistentVolumeClaim", claim["claimName"])


def test_a_bot_has_the_time_to_end_that_its_config_says() -> None:
    mine, theirs = configs()
    for service in services("bot").values():
        assert service["stop_grace_period"] == "35s"
    assert mine.service.shutdown_seconds + 5 < 35
    assert theirs.service.shutdown_seconds + 5 < pod("seedbot")["terminationGracePeriodSeconds"]


def test_only_nodes_reach_the_port_that_asks_for_no_key() -> None:
    assert COMPOSE["networks"]["cluster"] == {"internal": True}
    for service in services("qdrant").values():
        assert service["networks"] == ["cluster"]
    peers, bots = part("NetworkPolicy", "qdrant")["spec"]["ingress"]
    for rule, app, port in ((peers, "qdrant", PEERS), (bots, "seedbot", HTTP)):
        assert rule["from"] == [{"podSelector": {"matchLabels": {"app": app}}}]
        assert rule["ports"] == [{"port": port}]


def test_both_files_say_that_they_were_never_run() -> None:
    for name in ("compose.yaml", "kubernetes.yaml"):
        assert "never run against a cluster" in (CLUSTER / name).read_text().split("\n\n")[0]
