import { Controller, Get, Header } from '@nestjs/common';
import { Public } from '@signalbox/access';
import { AlsoAnswers, Answers, AnswersText, Problem } from '@signalbox/http-api';
import { OpenApiAnswer } from './answers.dto.js';

/** The API document, as its JSON; nothing when none was given. */
export class ApiDocument {
  constructor(readonly content: object | undefined) {}
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Signalbox</title>
<style>
body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#1c2330}
code{background:#eef1f5;padding:.1em .3em;border-radius:3px}
h1{margin-bottom:0}
</style>
<h1>Signalbox</h1>
<p>Every alert, event and telemetry message gets to the right person or system, and none is ever lost.</p>
<p>This is the operators' front door. Sign in with <code>POST /api/v1/session</code> <code>{"email", "password"}</code>, or send
<code>Authorization: Bearer sk_live_…</code>.</p>
<ul>
<li><a href="/api/openapi.json">The API document</a> (OpenAPI 3.1)</li>
<li><code>/api/v1/integrations</code>, <code>/api/v1/incidents</code>, <code>/api/v1/notifications</code>,
<code>/api/v1/customer/message-routes</code>, <code>/api/v1/customer/dead-letter</code></li>
<li><code>/api/v1/trace/{id}</code>: what became of a request (<code>X-Signalbox-Trace</code> of the gateway's answer)</li>
<li><code>/api/v1/users</code>, <code>/api/v1/api-keys</code>, <code>/api/v1/audit-log</code></li>
</ul>
</html>
`;

@Controller()
export class DocumentsController {
  constructor(private readonly document: ApiDocument) {}

  /** What this is and where things are. */
  @Get()
  @Public()
  @AnswersText('text/html')
  @Header('Content-Type', 'text/html; charset=utf-8')
  front(): string {
    return PAGE;
  }

  @Get('api/openapi.json')
  @Answers(OpenApiAnswer)
  @AlsoAnswers(404)
  @Public()
  openApi(): object {
    if (this.document.content === undefined) throw new Problem({ status: 404, detail: 'No API document is served here: set OPENAPI_FILE.' });
    return this.document.content;
  }
}
