"""Config files: named, completed from elsewhere, and written back whole with rotated tokens."""

import json
from pathlib import Path
from typing import Any

import pytest

from source_zendesk_support.config.credentials import with_new_tokens
from source_zendesk_support.local.accounts import (
    Account,
    environment_for,
    parse_accounts,
    read_account,
    store_config,
)
from source_zendesk_support.zendesk.errors import ConnectorError, Failure
from source_zendesk_support.zendesk.tokens import Tokens

REFRESH = {"credentials": "oauth2_refresh", "client_id": "id", "refresh_token": "first"}


def written(path: Path, config: Any, mode: int = 0o600) -> Path:
    path.write_text(json.dumps(config))
    path.chmod(mode)
    return path


def test_accounts_have_names_or_stand_alone() -> None:
    assert parse_accounts(["config.json"]) == [Account("", Path("config.json"))]
    assert parse_accounts(["acme=a.json", "other=b/c=d.json"]) == [
        Account("acme", Path("a.json")),
        Account("other", Path("b/c=d.json")),
    ]


@pytest.mark.parametrize(
    "texts",
    [["a.json", "b.json"], ["acme=a.json", "acme=b.json"], ["acme=a.json", "other=./a.json"]],
)
def test_several_accounts_need_a_name_and_a_file_each(texts: list[str]) -> None:
    with pytest.raises(ConnectorError, match="option --config"):
        parse_accounts(texts)


@pytest.mark.parametrize(
    "name", ["order", "select", "temp", "system", "pg_catalog", "pg_acme", "information_schema"]
)
def test_a_word_that_databases_keep_is_not_a_name(name: str) -> None:
    with pytest.raises(ConnectorError, match=f"the name {name}: ") as caught:
        parse_accounts([f"{name}=a.json"])
    assert caught.value.failure is Failure.CONFIG


@pytest.mark.parametrize("name", ["main", "public", "zendesk", "orders", "acme_select"])
def test_other_words_are_names(name: str) -> None:
    assert parse_accounts([f"{name}=a.json"]) == [Account(name, Path("a.json"))]


def test_a_file_whose_name_looks_like_a_named_one_is_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "a=b.json", {})
    assert parse_accounts(["a=b.json"]) == [Account("", Path("a=b.json"))]


def test_missing_secrets_come_from_the_environment_else_from_a_prompt(tmp_path: Path) -> None:
    path = written(tmp_path / "c.json", {"subdomain": "acme", "credentials": REFRESH})
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return "asked"

    environment = {"ZENDESK_CLIENT_SECRET": "given", "ZENDESK_REFRESH_TOKEN": "spent"}
    config = read_account(Account("", path), environment, ask)
    assert config["credentials"] == {**REFRESH, "client_secret": "given"}
    assert asked == []
    config = read_account(Account("", path), {}, ask)
    assert config["credentials"]["client_secret"] == "asked"
    assert len(asked) == 1
    assert "client_secret" not in read_account(Account("", path), {}, None)["credentials"]


def test_an_account_has_the_environment_that_was_asked_for(tmp_path: Path) -> None:
    account = Account("", written(tmp_path / "c.json", {"credentials": REFRESH}))
    environment = environment_for(account, {"HOME": "h"}, lambda _: "asked")
    assert environment == {"HOME": "h", "ZENDESK_CLIENT_SECRET": "asked"}
    assert read_account(account, environment, None)["credentials"]["client_secret"] == "asked"
    assert environment_for(account, {"HOME": "h"}, None) == {"HOME": "h"}
    given = {"ZENDESK_CLIENT_SECRET": "given"}
    assert environment_for(account, given, lambda _: "asked") == given


@pytest.mark.parametrize("content", [{"subdomain": "acme"}, {"credentials": "x"}])
def test_a_wrong_sign_in_is_left_to_the_connector(tmp_path: Path, content: dict[str, Any]) -> None:
    path = written(tmp_path / "c.json", content)
    assert read_account(Account("", path), {}, None) == content


@pytest.mark.parametrize("layout", ["credentials", "auth_method"])
@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_rotated_tokens_replace_the_file_and_nothing_else_in_it(
    tmp_path: Path, layout: str, mode: int
) -> None:
    held = {"subdomain": "acme", layout: REFRESH, "note": "mine"}
    path = written(tmp_path / "c.json", held, mode)
    used = {**held, "skip_unavailable_streams": True}
    used[layout] = {**REFRESH, "client_secret": "borrowed"}
    store_config(path, with_new_tokens(used, Tokens("access", "second", None)))
    new = {"access_token": "access", "refresh_token": "second", "token_expiry_date": ""}
    assert json.loads(path.read_text()) == {**held, layout: {**REFRESH, **new}}
    assert path.stat().st_mode & 0o777 == mode
    assert [it.name for it in tmp_path.iterdir()] == ["c.json"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    path = written(tmp_path / "elsewhere" / "c.json", {"credentials": REFRESH})
    link = tmp_path / "c.json"
    link.symlink_to(path)
    store_config(link, with_new_tokens({"credentials": REFRESH}, Tokens("access", "second", None)))
    assert link.is_symlink()
    assert json.loads(path.read_text())["credentials"]["refresh_token"] == "second"


def test_tokens_that_cannot_be_kept_are_a_loud_error_without_them(tmp_path: Path) -> None:
    new = with_new_tokens({"credentials": REFRESH}, Tokens("access", "second", None))
    with pytest.raises(ConnectorError) as caught:
        store_config(tmp_path / "gone" / "c.json", new)
    assert "authenticate again" in str(caught.value)
    assert "second" not in str(caught.value)
