/** Markdown to HTML that cannot run anything: raw HTML is shown as text, and only harmless addresses are linked. */

import { Marked } from "marked";

const HARMLESS = /^(?:https?:|mailto:|#|\/(?!\/))/i;

const marked = new Marked({
  gfm: true,
  breaks: false,
  async: false,
  renderer: {
    html: ({ text }) => escapeHtml(text),
    link({ href, title, tokens }) {
      const words = this.parser.parseInline(tokens);
      if (!HARMLESS.test(href)) return words;
      return `<a href="${escapeHtml(href)}" rel="noopener noreferrer nofollow" target="_blank"${titleOf(title)}>${words}</a>`;
    },
    // An image would tell another server who reads this note.
    image: ({ href, text }) => `<span class="rp-image">[image: ${escapeHtml(text === "" ? href : text)}]</span>`,
    checkbox: ({ checked }) => `<span role="img" aria-label="${checked ? "done" : "not done"}">${checked ? "☑" : "☐"}</span> `,
  },
});

/** `text` as HTML. */
export function previewHtml(text: string): string {
  return marked.parse(text) as string;
}

function titleOf(title: string | null | undefined): string {
  return title === null || title === undefined ? "" : ` title="${escapeHtml(title)}"`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
