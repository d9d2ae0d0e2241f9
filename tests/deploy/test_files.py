"""What is deployed, as far as a development machine can tell: schemas, linters, names."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry

from bot.observations import Observations
from bot.settings_page import environment
from web.metrics import Metrics

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
MANIFESTS = [
    path
    for path in sorted(DEPLOY.glob("kubernetes/**/*.yaml"))
    if "kustomization" not in path.name
]
UNITS = sorted(DEPLOY.glob("systemd/*"))
OF_PROMETHEUS = {"up"}


def run(*command: str | Path, **environment: str) -> str:
    """The program's output; its failure is the test's."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": "/nonexistent", **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exposed() -> set[str]:
    """The names under which figures are exposed."""
    registry = CollectorRegistry()
    Metrics(registry)
    Observations(registry)
    names = {"process_resident_memory_bytes"}
    for family in registry.collect():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}
        names.update(family.name + end for end in suffixes.get(family.type, [""]))
    return names


def named_in(expression: str) -> set[str]:
    bare = re.sub(r'"[^"]*"', "", expression)
    return set(re.findall(r"\b(topup_\w+|process_\w+|up)\b", bare))


def test_the_dockerfile_passes_its_linter() -> None:
    run(BIN / "hadolint", DEPLOY / "docker" / "Dockerfile")


def test_the_image_runs_as_nobody_in_particular_from_locked_packages() -> None:
    text = (DEPLOY / "docker" / "Dockerfile").read_text("utf-8")

    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert "--require-hashes" in text
    assert "HEALTHCHECK" in text


def test_the_compose_file_keeps_its_schema() -> None:
    run(
        BIN / "check-jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        DEPLOY / "docker" / "compose.yaml",
    )


def test_compose_runs_two_of_each_role_after_the_migration() -> None:
    services = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text("utf-8"))["services"]

    for role in ("web", "worker"):
        assert services[role]["deploy"]["replicas"] == 2
        assert services[role]["command"] == ["serve", "--role", role]
        assert services[role]["read_only"] is True
        waits = services[role]["depends_on"]["migrate"]["condition"]
        assert waits == "service_completed_successfully"


def test_compose_names_secrets_and_volumes_that_are_declared() -> None:
    whole = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text("utf-8"))

    for name, service in whole["services"].items():
        assert set(service.get("secrets", [])) <= set(whole["secrets"]), name
        named = {item.split(":")[0] for item in service.get("volumes", [])}
        assert {item for item in named if "/" not in item} <= set(whole["volumes"]), name


def test_the_proxys_file_is_understood_by_the_proxy() -> None:
    run(
        BIN / "caddy",
        "validate",
        "--adapter",
        "caddyfile",
        "--config",
        DEPLOY / "docker" / "Caddyfile",
        PUBLIC_HOST="localhost",
    )


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_manifests_keep_the_schemas_of_kubernetes(path: Path) -> None:
    run(BIN / "kubernetes-validate", "-k", "1.30", path)


def test_every_manifest_is_listed_and_every_listed_one_is_there() -> None:
    for path in DEPLOY.glob("kubernetes/**/kustomization.yaml"):
        listed = yaml.safe_load(path.read_text("utf-8"))["resources"]
        here = {item.name for item in path.parent.glob("*.yaml")} - {path.name}
        assert {item for item in listed if item.endswith(".yaml")} == here
        assert all((path.parent / item).exists() for item in listed)


def test_pods_take_no_rights_and_are_asked_how_they_are() -> None:
    for role in ("web", "worker"):
        text = (DEPLOY / "kubernetes" / "base" / f"{role}.yaml").read_text("utf-8")
        pod = yaml.safe_load(text)["spec"]["template"]["spec"]
        container = pod["containers"][0]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert container["args"] == ["serve", "--role", role]


def test_the_environment_example_has_every_setting() -> None:
    """`python -m bot.settings_page env > deploy/topup.env.example` writes it anew."""
    assert (DEPLOY / "topup.env.example").read_text("utf-8") == environment()


def test_alert_rules_name_figures_that_are_exposed() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "rules.yaml").read_text("utf-8"))
    alerts = [rule for group in rules["groups"] for rule in group["rules"]]

    assert len({rule["alert"] for rule in alerts}) == len(alerts) > 10
    for rule in alerts:
        names = named_in(rule["expr"])
        assert names, rule["alert"]
        assert names <= exposed() | OF_PROMETHEUS, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_alerts_lead_to_chapters_of_the_run_book() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "rules.yaml").read_text("utf-8"))
    book = (ROOT / "docs" / "run-book.md").read_text("utf-8")
    chapters = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^## (.+)$", book, re.MULTILINE)
    }

    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        page, _, chapter = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/run-book.md"
        assert chapter in chapters, rule["alert"]


def test_the_dashboard_names_figures_that_are_exposed() -> None:
    board = json.loads((DEPLOY / "grafana" / "topup.json").read_text("utf-8"))

    for panel in board["panels"]:
        for target in panel["targets"]:
            names = named_in(target["expr"])
            assert names, panel["title"]
            assert names <= exposed() | OF_PROMETHEUS, panel["title"]


@pytest.mark.parametrize("path", sorted(DEPLOY.glob("scripts/*.sh")), ids=lambda path: path.name)
def test_scripts_parse_and_stop_at_the_first_error(path: Path) -> None:
    run("/bin/bash", "-n", path)
    assert "set -euo pipefail" in path.read_text("utf-8")


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_are_understood_by_systemd(path: Path, tmp_path: Path) -> None:
    """Where the machine has systemd; its absence is told by the test of their form below."""
    analyze = shutil.which("systemd-analyze")
    text = path.read_text("utf-8")
    assert "[Unit]" in text
    assert "[Install]" in text or "oneshot" in text
    if analyze is None:
        return
    folder = tmp_path / "units"
    folder.mkdir()
    for unit in UNITS:
        content = re.sub(
            r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text("utf-8"), flags=re.MULTILINE
        )
        (folder / unit.name).write_text(content, "utf-8")
    name = path.name.replace("@.", "@web.")
    target = folder / path.name
    if "@" in name:
        target = folder / name
        target.write_text((folder / path.name).read_text("utf-8"), "utf-8")
    run(analyze, "verify", "--man=no", target)
