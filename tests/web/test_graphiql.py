"""GraphiQL as people use it: in a browser, at a desk and on a phone, in light and dark."""

import pytest
from playwright.async_api import Browser, expect

from tests.web.visits import Scheme, visiting

# Loading the demo school takes a while on a busy machine.
pytestmark = pytest.mark.timeout(300)

PANELS = {"Documentation Explorer": "Root Types", "Explorer": "recommendations", "History": "WhatNext"}


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_learner_signs_in_by_one_click_asks_and_meets_no_barrier(
    browser: Browser, demo: str, scheme: Scheme, size: str
) -> None:
    async with visiting(browser, demo, "learner", scheme=scheme, size=size) as visit:
        assert await visit.barriers() == []
        await visit.keep("1-arrived")

        await visit.sign_in_as("Learner")
        await expect(visit.account).to_contain_text("Learner")
        await visit.choose("What should I practise next?")
        await expect(visit.response).to_contain_text('"recommendations": [')
        await expect(visit.outcome).to_contain_text("Answered in")

        assert await visit.barriers() == []
        await visit.keep("2-answered")


async def test_teacher_and_admin_sign_in_by_one_click_and_find_their_own_questions(
    browser: Browser, demo: str
) -> None:
    async with visiting(browser, demo, "staff") as visit:
        await visit.sign_in_as("Teacher")
        await expect(visit.account).to_contain_text("Teacher")
        await visit.choose("How is my class doing?")
        await expect(visit.response).to_contain_text('"activeLearners":')
        await visit.keep("1-teacher")

        await visit.sign_out()
        await visit.sign_in_as("Admin")
        await expect(visit.account).to_contain_text("Admin")
        await visit.choose("Who belongs to the school?")
        await expect(visit.page.locator(".graphiql-response")).to_contain_text("Demo School")
        await visit.keep("2-admin")


async def test_a_stream_shows_what_it_tells_and_an_item_can_be_answered(browser: Browser, demo: str) -> None:
    async with visiting(browser, demo, "live", scheme="dark") as visit:
        await visit.sign_in_as("Learner")
        await visit.choose("Watch my mastery move")
        await expect(visit.response).to_contain_text('"MasterySnapshot"')
        await expect(visit.outcome).to_have_text("Live, 1 event. The last one is shown.")
        await visit.keep("1-snapshot")

        await visit.choose("Start practising")
        await expect(visit.outcome).to_contain_text("Choose an example")
        await visit.page.get_by_role("button", name="Execute query").click()
        await expect(visit.outcome).to_contain_text("Answered in")
        await expect(visit.response).to_contain_text('"nextItem": {')
        await visit.choose("Answer an item")
        await expect(visit.page.locator(".graphiql-editor-tool .view-lines").first).to_contain_text("itm_")
        await visit.page.get_by_role("button", name="Execute query").click()
        await expect(visit.response).to_contain_text("recordAttempt")
        await expect(visit.outcome).to_contain_text("Answered in")
        await visit.keep("2-recorded")


async def test_a_wrong_password_is_told_in_words_and_the_next_try_goes_on(
    browser: Browser, demo: str
) -> None:
    async with visiting(browser, demo, "refused") as visit:
        await visit.page.get_by_label("E-mail").fill("teacher@demo.example")
        await visit.page.get_by_label("Password").fill("not the password")
        await visit.page.get_by_role("button", name="Sign in", exact=True).click()
        reason = visit.page.get_by_role("region", name="Sign in").get_by_role("alert")
        await expect(reason).to_have_text("Address or password are wrong.")
        assert await visit.barriers() == []
        await visit.keep("wrong-password")

        await visit.page.get_by_label("Password").fill("masterygraph-demo")
        await visit.page.keyboard.press("Enter")
        await expect(visit.account).to_contain_text("Teacher")


async def test_who_is_not_signed_in_is_told_what_the_server_refuses(browser: Browser, demo: str) -> None:
    async with visiting(browser, demo, "nobody") as visit:
        await visit.choose("Watch my mastery move")
        await expect(visit.outcome).to_contain_text("There is nothing yet to take as $learner.")


async def test_a_sign_in_outlives_a_reload_goes_on_as_another_and_leaves_nothing_behind(
    browser: Browser, demo: str
) -> None:
    async with visiting(browser, demo, "account") as visit:
        await visit.sign_in_as("Learner")
        await visit.page.reload()
        await expect(visit.account).to_contain_text("Learner")

        await visit.account.click()
        assert await visit.barriers() == []
        await visit.page.get_by_role("menuitem", name="Go on as teacher").click()
        await expect(visit.account).to_contain_text("Teacher")

        await visit.sign_out()
        stored = await visit.page.evaluate("JSON.stringify([sessionStorage, localStorage])")
        assert "eyJ" not in stored


async def test_a_token_is_renewed_before_it_ends(browser: Browser, demo: str) -> None:
    async with visiting(browser, demo, "renewed") as visit:
        await visit.sign_in_as("Learner")
        first = await visit.page.evaluate(
            """() => {
                const kept = JSON.parse(sessionStorage['masterygraph.session'])
                kept.tokens.accessEndsAt = Date.now() + 30_000
                sessionStorage['masterygraph.session'] = JSON.stringify(kept)
                return kept.tokens.refresh
            }"""
        )
        await visit.page.reload()
        await visit.choose("What should I practise next?")
        await expect(visit.response).to_contain_text("recommendations")
        kept = await visit.page.evaluate("JSON.parse(sessionStorage['masterygraph.session']).tokens")
        assert kept["refresh"] != first
        assert kept["accessEndsAt"] > await visit.page.evaluate("Date.now() + 500_000")


async def test_no_panel_has_a_barrier_in_light_nor_in_the_dark_that_was_chosen(
    browser: Browser, demo: str
) -> None:
    async with visiting(browser, demo, "panels") as visit:
        await visit.sign_in_as("Learner")
        await visit.choose("What should I practise next?")
        await expect(visit.response).to_contain_text("recommendations")
        for theme, background in (("Light", "rgb(245, 244, 240)"), ("Dark", "rgb(19, 23, 24)")):
            await visit.page.get_by_role("button", name="Light or dark").click()
            await visit.page.get_by_role("menuitemradio", name=theme).click()
            await visit.page.reload()
            await expect(visit.page.locator("body")).to_have_css("background-color", background)
            for panel, content in PANELS.items():
                await visit.page.get_by_role("button", name=f"Show {panel}", exact=True).click()
                await expect(visit.page.locator(".graphiql-plugin")).to_contain_text(content)
                assert await visit.barriers() == []
                await visit.keep(f"{panel.split()[0]}-{theme}".lower())
