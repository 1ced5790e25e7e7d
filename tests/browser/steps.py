"""Steps that more than one journey takes."""

from typing import Any

from playwright.sync_api import expect


def publish(page: Any, approver: Any) -> None:
    """Submit the run of the page, and let somebody else approve and publish it."""
    page.get_by_role("button", name="Submit for approval").click()
    page.wait_for_url("**/plans/*")
    for step in ("Approve", "Publish"):
        approver.goto(page.url)
        approver.get_by_role("button", name=step).click()
    expect(approver.locator(".state").first).to_have_text("published")
    page.reload()
