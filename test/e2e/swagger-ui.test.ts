import assert from 'node:assert/strict';
import { chromium, type Locator, type Page } from 'playwright-core';
import { clientTests } from '../support/clients/client-test.ts';
import { tool } from '../support/clients/requires.ts';
import { tempFolder } from '../support/clients/run-folder.ts';
import { serve } from '../support/clients/served.ts';

const FLAGS = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-gpu',
];
/** Where to save a picture of the page for a person to look at. */
const SCREENSHOT_VARIABLE = 'OCIREGISTRY_TEST_SCREENSHOT';

const pageTest = clientTests(['chromium'], async (stack) => {
  const images = stack.use(await tempFolder('images'));
  const server = stack.use(await serve(images.path, '--sample'));
  const browser = await chromium.launch({ executablePath: tool('chromium'), args: FLAGS });
  stack.defer(() => browser.close());
  return { server, browser };
});

pageTest('"Try it out" of getManifest pulls the manifest of the sample', async ({ server, browser }) => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
  const complaints = complaintsOf(page, server.url);
  await page.goto(`${server.url}/docs/`);
  const getManifest = await openGetManifest(page);
  await getManifest.locator('tr[data-param-name="name"] input').fill('sample/hello');
  await getManifest.locator('tr[data-param-name="reference"] input').fill('latest');
  const answered = page.waitForResponse((response) => response.url().includes('/manifests/'));
  await getManifest.getByRole('button', { name: 'Execute' }).click();
  const answer = await answered;
  assert.equal(answer.status(), 200);
  // The page writes the slash of the name as %2F.
  assert.equal(decodeURIComponent(new URL(answer.url()).pathname), '/v2/sample/hello/manifests/latest');

  const live = getManifest.locator('.live-responses-table');
  await live.waitFor();
  assert.equal((await live.locator('tr.response .response-col_status').first().innerText()).trim().slice(0, 3), '200');
  assert.match(await live.innerText(), /"schemaVersion": 2/);
  const screenshot = process.env[SCREENSHOT_VARIABLE];
  if (screenshot !== undefined) await page.screenshot({ path: screenshot, fullPage: true });
  assert.deepEqual(complaints, []);
});

pageTest('"Try it out" works with the examples as they stand', async ({ server, browser }) => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/docs/`);
  const getManifest = await openGetManifest(page);
  const answered = page.waitForResponse((response) => response.url().includes('/manifests/'));
  await getManifest.getByRole('button', { name: 'Execute' }).click();
  assert.equal((await answered).status(), 200);
});

pageTest('the root leads to the documentation', async ({ server, browser }) => {
  const page = await browser.newPage();
  await page.goto(`${server.url}/`);
  assert.equal(new URL(page.url()).pathname, '/docs/');
  await page.locator('.opblock').first().waitFor();
});

/** Unfolds the operation. Its "Try it out" is on from the start, so that its form is there. */
async function openGetManifest(page: Page): Promise<Locator> {
  const path = page.locator('[data-path="/v2/{name}/manifests/{reference}"]');
  const operation = page.locator('.opblock-get', { has: path });
  await operation.locator('.opblock-summary-control').click();
  await operation.locator('.try-out').waitFor();
  return operation;
}

/** What the page complains of, and every request that leaves the server. */
function complaintsOf(page: Page, url: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    const to = request.url();
    if (!to.startsWith(url) && !to.startsWith('data:')) complaints.push(`leaves the server: ${to}`);
  });
  return complaints;
}
