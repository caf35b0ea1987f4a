from __future__ import annotations

from typing import Any

import pytest

from lidarrmetadata.provider.wikimedia.entities import picture_address, read_entities

COMMONS = "https://upload.wikimedia.org/wikipedia/commons"


def claim(name: str | None, rank: str = "normal") -> dict[str, Any]:
    snak = (
        {"snaktype": "value", "datavalue": {"value": name}} if name else {"snaktype": "somevalue"}
    )
    return {"mainsnak": snak, "rank": rank}


def picture(*claims: dict[str, Any]) -> str:
    row = {"type": "item", "id": "Q1", "claims": {"P18": list(claims)}, "sitelinks": []}
    entity = read_entities({"entities": {"Q1": row}})["Q1"]
    assert entity is not None
    return entity.picture.rpartition("/")[2]


def test_the_preferred_picture_wins_and_a_deprecated_one_is_none() -> None:
    assert picture(claim("A.jpg"), claim("B.png", "preferred")) == "B.png"
    assert picture(claim("A.jpg", "deprecated"), claim("C.gif")) == "C.gif"
    assert picture(claim("A.jpg", "deprecated")) == ""


def test_files_that_are_no_pictures_for_lidarr_are_passed_over() -> None:
    assert picture(claim("A.svg"), claim("B.tif"), claim("C.webm"), claim("D.JPG")) == "D.JPG"
    assert picture(claim(None), claim("D.jpeg")) == "D.jpeg"


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Example.jpg", f"{COMMONS}/a/a9/Example.jpg"),  # as Commons itself has it
        ("example.jpg", f"{COMMONS}/a/a9/Example.jpg"),
    ],
)
def test_the_address_is_the_one_commons_has(name: str, address: str) -> None:
    assert picture_address(name) == address


def test_spaces_and_umlauts_are_written_as_in_addresses() -> None:
    assert picture_address("Die_Ärzte_(live).jpg").endswith("/Die_%C3%84rzte_(live).jpg")
    assert picture(claim("Die Ärzte.jpg")) == "Die_%C3%84rzte.jpg"


def test_one_entity_that_makes_no_sense_does_not_spoil_the_others() -> None:
    good = {"type": "item", "id": "Q1"}
    entities = read_entities({"entities": {"Q1": good, "Q2": {"type": "item", "claims": 7}}})
    assert list(entities) == ["Q1"]
