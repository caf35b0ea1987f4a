from __future__ import annotations

import pytest

from lidarrmetadata.provider.wikimedia.articles import first_paragraph, html_beginning


@pytest.mark.parametrize(
    ("extract", "text"),
    [
        ("Utada ( ; born 1983) is a singer.", "Utada (born 1983) is a singer."),
        ("Björk () is a singer.", "Björk is a singer."),
        ("Björk ( , ) , a singer .", "Björk, a singer."),
        ("Björk (Icelandic: [pjœr̥k]; born 1965) sings.", "Björk (born 1965) sings."),
        ("Sade (/ˈʃɑːdeɪ/ SHAH-day; Yoruba: ) sings.", "Sade sings."),
        ("\n\nFirst.\nSecond.", "First."),
        ("( ) is an album.", "( ) is an album."),
        ("Band ...And You Will Know Us.", "Band ...And You Will Know Us."),
        ("Un groupe : très bien !", "Un groupe : très bien !"),
        ("Live (AC/DC album) is by them.", "Live (AC/DC album) is by them."),
        ("", ""),
    ],
)
def test_a_text_reads_well(extract: str, text: str) -> None:
    assert first_paragraph(extract) == text


def test_of_a_page_only_the_first_paragraph_is_left() -> None:
    page = (
        '<html><body><section><table class="infobox"><tr><td><p>Origin</p></td></tr></table>'
        '<div class="hatnote"><p>For others</p></div><p class="mw-empty-elt"></p>'
        '<p><b>Rammstein</b> (<span>German: <span class="IPA">[ˈʁam]</span></span>) is a\n'
        '<a href="./Band">band</a><sup class="reference">[1]</sup> &amp; more.</p><p>Second.</p>'
        "</section><section><p>History</p></section></body></html>"
    )
    assert html_beginning(page) == "Rammstein is a band & more."


def test_a_page_that_is_no_article_says_nothing() -> None:
    with pytest.raises(ValueError, match="no article"):
        html_beginning("<html><body><p>Down for maintenance</p></body></html>")
