package sanitize_test

import (
	"fmt"
	"html/template"
	"os"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/hooklatch/hooklatch/sanitize"
)

// A title that hides and reorders, on its way into a page.
func ExampleText() {
	title := "Sale\u202E!\x1b[2J <b>now</b>"
	page := template.Must(template.New("").Parse("<h1>{{.}}</h1>\n"))
	if err := page.Execute(os.Stdout, sanitize.Text(title)); err != nil {
		fmt.Println(err)
	}
	// Output:
	// <h1>Sale![2J &lt;b&gt;now&lt;/b&gt;</h1>
}

func TestCleanText(t *testing.T) {
	const tags = "\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074" // gbsct
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"bio", "Ada\n\tmath & music", "Ada\n\tmath & music"},
		{"control characters", "a\x00b\x07c\x1b[31md\x7fe\u009bf", "abc[31mdef"},
		{"line ends", "1\r\n2\r3\v4\f5\u00856\u20287\u20298\n9", "1\n2\n3\n4\n5\n6\n7\n8\n9"},
		{"CR, NUL, LF", "1\r\x00\n2", "1\n\n2"},
		{"override", "invoice\u202Efdp.exe", "invoicefdp.exe"},
		{"embeddings", "\u202Aa\u202Bb\u202Cc\u202Dd", "abcd"},
		{"isolates", "\u2066a\u2067b\u2068c\u2069d", "abcd"},
		{"bidirectional marks", "\u200Eשלום!\u200F \u061Cمرحبا", "\u200Eשלום!\u200F \u061Cمرحبا"},
		{"deprecated", "a\u206Ab\u206F", "ab"},
		{"annotations", "\uFFF9a\uFFFAb\uFFFB\uFFFC", "ab"},
		{"musical", "a\U0001D173b\U0001D17A", "ab"},
		{"byte order mark", "\uFEFFa\uFEFF", "a"},
		{"noncharacters", "a\uFDD0b\uFDEFc\uFFFEd\uFFFFe\U0010FFFFf\U0003FFFEg", "abcdefg"},
		{"not UTF-8", "a\xffb\xc3\x28\xe2\x80", "ab("},
		{"surrogate", "a\xed\xa0\x80b", "ab"},
		{"override across a control character", "\xe2\x80\x00\xae", ""},
		{"replacement character", "a\uFFFDb", "a\uFFFDb"},
		{"family", "👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"},
		{"emoji selector and skin", "❤️👍🏽", "❤️👍🏽"},
		{"Persian", "می\u200Cخواهم", "می\u200Cخواهم"},
		{"soft hyphen", "Donau\u00ADdampf", "Donau\u00ADdampf"},
		{"flag of Scotland", "\U0001F3F4" + tags + "\U000E007F!", "\U0001F3F4" + tags + "\U000E007F!"},
		{"tags without a flag", "hi" + tags + "\U000E007F", "hi"},
		{"flag without an end", "\U0001F3F4" + tags + "!", "\U0001F3F4!"},
		{"text in a flag", "\U0001F3F4" + tags + tags + "\U000E007F", "\U0001F3F4"},
		{"capitals in a flag", "\U0001F3F4\U000E0047\U000E0042\U000E0053\U000E007F", "\U0001F3F4"},
		{"short flag", "\U0001F3F4\U000E0067\U000E0062\U000E007F", "\U0001F3F4"},
		{"language tag", "a\U000E0001\U000E0065\U000E006Eb", "ab"},
		{"one selector", "葛\U000E0100", "葛\U000E0100"},
		{"bytes in selectors", "a\uFE0F\U000E0141\U000E0142\x00\uFE00b", "a\uFE0Fb"},
		{"markup", `<script>alert("1")</script>`, `<script>alert("1")</script>`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := sanitize.Text(tt.in); got != tt.want {
				t.Errorf("Text(%+q) = %+q, want %+q", tt.in, got, tt.want)
			}
		})
	}
}

func TestCleanTextAllocs(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want float64
	}{
		{strings.Repeat("Plain words.\n", 20), 0},
		{"مرحبا 👩‍👩‍👧‍👦 שלום", 0},
		{strings.Repeat("\x00a\u202Eb", 100), 1},
	} {
		if n := testing.AllocsPerRun(100, func() { sanitize.Text(tt.in) }); n != tt.want {
			t.Errorf("Text(%.20q…): %v allocations, want %v", tt.in, n, tt.want)
		}
	}
}

func BenchmarkCleanText(b *testing.B) {
	for _, bb := range []struct{ name, in string }{
		{"ascii", strings.Repeat("plain words of a long bio. ", 10)},
		{"japanese", strings.Repeat("新しい曲が出ました。", 10)},
		{"dirty", strings.Repeat("plain words\u202E of a bio.\r\n", 10)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.in)))
			for b.Loop() {
				sanitize.Text(bb.in)
			}
		})
	}
}

// FuzzCleanText: what comes out is UTF-8, no longer, stable, and holds nothing
// that was to go; and what was visible is still there.
func FuzzCleanText(f *testing.F) {
	for _, s := range []string{
		"a\r\n\u202Eb\xff", "\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E007F", "\uFE0F\x00\uFE0F", "\xe2\x80\x00\xae", "\r\x00\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := sanitize.Text(s)
		switch {
		case !utf8.ValidString(got):
			t.Errorf("%+q: not UTF-8", got)
		case len(got) > len(s):
			t.Errorf("%+q is longer than %+q", got, s)
		case sanitize.Text(got) != got:
			t.Errorf("%+q becomes %+q when cleaned again", got, sanitize.Text(got))
		}
		for i, r := range got {
			inFlag := 0xE0020 <= r && r <= 0xE007F && strings.ContainsRune(got[max(0, i-4*7):i], '\U0001F3F4')
			if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) &&
				r != 0x200E && r != 0x200F && r != 0x061C ||
				unicode.Is(unicode.Noncharacter_Code_Point, r) || 0xE0000 <= r && r <= 0xE007F && !inFlag {
				t.Errorf("%U in %+q", r, got)
			}
		}
		visible := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsGraphic(r) && r != utf8.RuneError && !unicode.IsMark(r) && r != 0xFFFC {
					return r
				}
				return -1
			}, s)
		}
		if visible(got) != visible(s) {
			t.Errorf("Text(%+q) = %+q", s, got)
		}
	})
}
