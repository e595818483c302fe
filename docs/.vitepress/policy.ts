/**
 * The content-security policy of every page. The programs that readers run are bound to it as well, since their workers' scripts are
 * `blob:` URLs: they load no code but the site's, and send nothing anywhere.
 */
import { createHash } from "node:crypto"

const inlineScripts = /<script(?![^>]*\bsrc=)[^>]*>([^]*?)<\/script>/g

const hashOf = (script: string): string => `'sha256-${createHash("sha256").update(script).digest("base64")}'`

export const policyOf = (html: string): string =>
  [
    "default-src 'none'",
    ["script-src 'self' blob:", ...new Set(Array.from(html.matchAll(inlineScripts), ([, text]) => hashOf(text!)))].join(
      " "
    ),
    "worker-src 'self' blob:",
    // The highlighter gives each word its colour.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'none'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'"
  ].join("; ")

export const withPolicy = (html: string): string =>
  html.replace("<head>", `<head>\n    <meta http-equiv="Content-Security-Policy" content="${policyOf(html)}">`)
