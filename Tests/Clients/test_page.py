"""The built-in page in a headless browser: a conversation streams, the numbers move, a phone shows all of it."""
import os, pathlib, shutil, unittest
from serving import Server

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
try:
    from playwright.sync_api import sync_playwright
except ImportError:
    sync_playwright = None
WINDOWS = {"desktop": (1200, 800), "phone": (390, 844)}


@unittest.skipUnless(BROWSER and sync_playwright, "needs Chromium and playwright")
class PageTests(unittest.TestCase):
    def test_chat(self):
        with Server("--api-key", "secret", "--public-path", "/") as server, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
            for name, (width, height) in WINDOWS.items():
                with self.subTest(window=name):
                    self.chat(browser.new_page(viewport={"width": width, "height": height}), server, name)
            browser.close()

    def chat(self, page, server, name):
        requests, errors = [], []
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server.base + "/")
        page.get_by_text("Settings").click()
        page.get_by_label("API key").fill("secret")
        page.get_by_label("Output tokens").fill("300")
        page.get_by_text("Settings").click()
        page.wait_for_function("document.getElementById('model').value === 'm'")
        page.get_by_label("Message").fill("Tell me a long story about a tailor and his needles.")
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('.turn.assistant')?.textContent.length > 150")
        page.wait_for_function("document.getElementById('rate').value !== '–'")
        self.assertEqual(page.locator("#send").text_content(), "Stop")
        self.screenshot(page, name)
        page.locator("#send").click()
        page.wait_for_function("document.getElementById('send').textContent === 'Send'")
        page.get_by_label("Message").fill("And then?")
        page.locator("#send").click()
        page.wait_for_function("document.querySelectorAll('.turn.assistant').length === 2")
        page.wait_for_function("document.getElementById('hits').value.endsWith('%')")
        self.assertGreater(int(page.evaluate("document.getElementById('first').value")), 0)
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), page.viewport_size["width"])
        self.assertTrue(page.locator("#send").is_visible())
        page.get_by_text("New chat").click()
        self.assertEqual(page.locator(".turn").count(), 0)
        self.assertEqual(errors, [])
        self.assertTrue(all(url.startswith((server.base, "data:")) for url in requests), requests)
        page.close()

    def screenshot(self, page, name):
        if folder := os.environ.get("NEEDLETAIL_SCREENSHOTS"):
            page.screenshot(path=pathlib.Path(folder) / f"page-{name}.png")


if __name__ == "__main__":
    unittest.main()
