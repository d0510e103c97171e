package api

import (
	"html"
	"html/template"
	"regexp"
	"strings"
)

var (
	mdCode = regexp.MustCompile("`([^`]+)`")
	mdBold = regexp.MustCompile(`\*\*([^*]+)\*\*`)
)

// markdown renders the part of CommonMark that the contract's descriptions use: headings, lists, tables, paragraphs, bold and code.
func markdown(text string) template.HTML {
	var b strings.Builder
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		lines := strings.Split(strings.Trim(block, "\n"), "\n")
		switch {
		case strings.HasPrefix(lines[0], "## "):
			b.WriteString("<h3>" + inline(lines[0][3:]) + "</h3>")
		case strings.HasPrefix(lines[0], "- "):
			b.WriteString("<ul>")
			for _, item := range items(lines) {
				b.WriteString("<li>" + inline(item) + "</li>")
			}
			b.WriteString("</ul>")
		case strings.HasPrefix(lines[0], "|") && len(lines) > 1:
			table(&b, lines)
		default:
			b.WriteString("<p>" + inline(strings.Join(lines, " ")) + "</p>")
		}
	}
	return template.HTML(b.String()) //nolint:gosec // every text in it went through html.EscapeString
}

// items joins each list item with the lines that go on with it.
func items(lines []string) []string {
	var out []string
	for _, line := range lines {
		if item, begins := strings.CutPrefix(line, "- "); begins {
			out = append(out, item)
			continue
		}
		out[len(out)-1] += " " + strings.TrimSpace(line)
	}
	return out
}

func table(b *strings.Builder, lines []string) {
	b.WriteString("<table>")
	for i, line := range lines {
		if i == 1 {
			continue // the line of dashes
		}
		cell := "td"
		if i == 0 {
			cell = "th"
		}
		b.WriteString("<tr>")
		for c := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			b.WriteString("<" + cell + ">" + inline(strings.TrimSpace(c)) + "</" + cell + ">")
		}
		b.WriteString("</tr>")
	}
	b.WriteString("</table>")
}

func inline(text string) string {
	text = html.EscapeString(text)
	text = mdCode.ReplaceAllString(text, "<code>$1</code>")
	return mdBold.ReplaceAllString(text, "<strong>$1</strong>")
}
