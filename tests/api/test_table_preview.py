"""What a table's columns are taken to be before anybody has said it."""

import pytest

from api.resources.datasets.preview import preview


@pytest.mark.parametrize(
    ("headings", "baseline"),
    [
        ("annual_sales,fy2019,fy2020,fy2020_q4", "fy2020"),
        ("revenue_2024,revenue_2025,sales_2025_q1", "revenue_2025"),
        ("FY25,FY26,Annual Sales", "FY26"),
        ("last_year,employees", "last_year"),
        ("employees,year_opened", None),
    ],
)
def test_the_latest_whole_year_is_what_partners_did_before(headings: str, baseline: str | None) -> None:
    numbers = ",".join(str(7 * column) for column in range(1, headings.count(",") + 2))
    table = f"partner_id,{headings}\nacme,{numbers}\nbirch,{numbers}\n"
    assert preview(table.encode(), "partners.csv").proposed.get("baseline") == baseline
