"""Text of templates holds no markup and nothing that a page cannot show."""

from __future__ import annotations

from xai_bench.report.html.bibliography import Bibliography
from xai_bench.report.html.render import make_environment


def test_text_from_outside_is_shown_as_it_stands() -> None:
    template = make_environment(Bibliography({})).from_string("{{ name }}|{{ rows|tojson }}")
    shown = template.render(name="<b>\x1b[1m\n\udcff\u202e", rows=["</script>"])
    assert shown == '&lt;b&gt;\\x1b[1m\n\\udcff\\u202e|["\\u003c/script\\u003e"]'
