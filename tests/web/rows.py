"""Rows of the list, by the names in them."""

def row(page, name):
    """The row of that name, once it is there."""
    found = page.locator(".file-row", has=page.locator("bdi", has_text=name)).first
    found.wait_for()
    return found


def act(page, name, action):
    """Choose something from the menu of a row."""
    row(page, name).locator(".more").click()
    page.click(f"context-menu button:has-text('{action}')")
