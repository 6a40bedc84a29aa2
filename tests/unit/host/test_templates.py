"""Route templates: what they match and which one wins."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.host.errors import BindingError
from local.host.functions import Binding, Function
from local.host.http.router import Router
from local.host.http.templates import Template

SEGMENT = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=8)


def match(template: str, path: str) -> dict[str, str] | None:
    return Template.parse(template).match(path.split("/") if path else [])


def router(*templates: str, methods: frozenset[str] = frozenset()) -> Router:
    made = Router()
    for template in templates:
        made.add(
            template, methods, Function(template, template, "", (Binding({"name": "r", "type": "httpTrigger"}),))
        )
    return made


def winner(made: Router, path: str, method: str = "GET") -> str | None:
    found = made.find(method, path)
    return None if found is None else found[0].name


@given(st.lists(SEGMENT, min_size=1, max_size=5))
def test_a_literal_template_matches_itself_in_any_case(segments: list[str]) -> None:
    """Literals ignore case and match nothing longer or shorter."""
    template = "/".join(segments)
    assert match(template, template.upper()) == {}
    assert match(template, template + "/more") is None
    assert match(template, "/".join(segments[:-1])) is None


@given(st.lists(SEGMENT, min_size=1, max_size=4), SEGMENT)
def test_parameters_take_whole_segments(values: list[str], literal: str) -> None:
    """Each parameter gets its segment, in its own case."""
    names = [f"p{index}" for index in range(len(values))]
    template = "/".join([literal, *(f"{{{name}}}" for name in names)])
    assert match(template, "/".join([literal, *values])) == dict(zip(names, values, strict=True))


PIECES = st.lists(st.sampled_from(["a", "B", "x-{p}", "{p}", "{p:int}", "{p?}"]), min_size=1, max_size=3)


@given(st.lists(PIECES, max_size=6), st.lists(st.sampled_from(["a", "b", "A", "7", "x-7"]), max_size=4))
def test_the_first_in_the_order_of_precedence_wins(routes: list[list[str]], path: list[str]) -> None:
    """However many there are, and however their literals lie: as if each was tried in that order."""
    templates = ["/".join(piece.replace("p", f"p{n}") for n, piece in enumerate(pieces)) for pieces in routes]
    in_order = sorted(templates, key=lambda each: Template.parse(each).precedence)
    expected = next((each for each in in_order if Template.parse(each).match(path) is not None), None)
    assert winner(router(*templates), "/".join(path)) == expected


@given(st.lists(SEGMENT, max_size=5))
def test_a_catch_all_takes_the_rest(segments: list[str]) -> None:
    """A catch-all parameter takes the rest of the path with its slashes."""
    rest = "/".join(segments)
    assert match("files/{*rest}", "/".join(["files", *segments])) == ({"rest": rest} if segments else {})


def test_optional_and_default_parameters_may_be_absent() -> None:
    """An optional parameter is left out and a default fills in."""
    assert match("items/{id?}", "items") == {}
    assert match("items/{page=1}", "items") == {"page": "1"}
    assert match("items/{page:int=1}", "items/7") == {"page": "7"}
    assert match("items/{id}", "items") is None


def test_text_and_parameters_share_a_segment() -> None:
    """`{name}.{format}` splits a segment at its dot."""
    assert match("files/{name}.{format}", "files/report.json") == {"name": "report", "format": "json"}
    assert match("v{version:int}", "v12") == {"version": "12"}
    assert match("v{version:int}", "vx") is None


@pytest.mark.parametrize(
    ("constraint", "good", "bad"),
    [
        ("int", "-42", "4.2"),
        ("int", "2147483647", "2147483648"),
        ("long", "9223372036854775807", "9223372036854775808"),
        ("bool", "True", "1"),
        ("guid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("decimal", "1.5", "1.5e3"),
        ("double", "1.5e3", "x"),
        ("alpha", "abc", "a1"),
        ("datetime", "2030-01-31", "tomorrow"),
        ("length(3)", "abc", "abcd"),
        ("length(2,3)", "ab", "a"),
        ("minlength(2)", "ab", "a"),
        ("maxlength(2)", "ab", "abc"),
        ("min(5)", "5", "4"),
        ("max(5)", "5", "6"),
        ("range(1,9)", "9", "10"),
        ("regex(^\\d{{3}}$)", "123", "12"),
        ("regex(^[[a-c]]+$)".replace("[[", "[").replace("]]", "]"), "abc", "abd"),
        ("file", "a.txt", "a"),
        ("nonfile", "a", "a.txt"),
    ],
)
def test_constraints_decide_what_matches(constraint: str, good: str, bad: str) -> None:
    """A constraint lets its kind of value through and no other."""
    assert match(f"x/{{v:{constraint}}}", f"x/{good}") == {"v": good}
    assert match(f"x/{{v:{constraint}}}", f"x/{bad}") is None


@pytest.mark.parametrize("template", ["{a:nope}", "{*a}/b", "{1a}", "{a", "a}", "{a:range(1)}", "x{*a}"])
def test_wrong_templates_are_refused(template: str) -> None:
    """A wrong template puts its function in error, with the reason."""
    with pytest.raises(BindingError):
        Template.parse(template)


@given(st.permutations(["shop/new", "shop/{id:int}", "shop/{id}", "shop/{*rest:alpha}", "{*all}"]))
def test_the_most_specific_route_wins_in_any_order(templates: list[str]) -> None:
    """Literal before constrained, constrained before free, free before catch-all."""
    made = router(*templates)
    assert winner(made, "/shop/new") == "shop/new"
    assert winner(made, "/shop/12") == "shop/{id:int}"
    assert winner(made, "/shop/abc") == "shop/{id}"
    assert winner(made, "/shop/a/b") == "{*all}"
    assert winner(made, "/else") == "{*all}"


def test_the_method_is_part_of_the_route() -> None:
    """A path with another method is not found, and both may have functions of their own."""
    made = router("items", methods=frozenset({"POST"}))
    assert winner(made, "/items", "GET") is None
    assert winner(made, "/items", "POST") == "items"


def test_paths_are_decoded_by_segment() -> None:
    """An encoded slash stays inside its parameter."""
    found = router("a/{b}").find("GET", "/a/x%2Fy%20z")
    assert found is not None
    assert found[1] == {"b": "x/y z"}


def test_the_root_can_be_a_route() -> None:
    """With an empty route prefix a function may answer `/`."""
    assert winner(router(""), "/") == ""
