package hooklatch_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A room is a folder with all that is below it. Production code in a room may
// import its own top-level folder, the rooms in may, and what is not of this
// project. "below" stands for every room on a lower floor.
type room struct {
	floor  int
	folder string // "." is the package at the root
	may    string
}

// house has a room for every folder. CONTRIBUTING.md draws it.
var house = []room{
	{0, "internal", ""}, // foundations, open to the rooms that name it

	{1, "idempotency", "internal"},
	{1, "redact", ""}, // of use to any program: nothing of webhooks in it
	{1, "sanitize", ""},
	{1, "transport", ""},
	{1, "verify", "internal"},

	{2, ".", "verify internal"},
	{2, "verify/rotate", "verify"},

	{3, "dispatch", ". verify internal"},
	{3, "inbox", ". idempotency internal"},

	{4, "hooktest", ". verify idempotency internal"},
	{4, "middleware", ". verify idempotency inbox internal"},

	{5, "adapters", "below"},
	{5, "handshake", ". verify middleware internal"},
	{5, "linktree", "below"},
	{5, "observe", "below"},

	{6, "cmd", "below"},
	{6, "console", "below"},

	{7, "bench", "below"},
	{7, "example", "below"},
}

// sideways are the imports between rooms that the table would refuse.
var sideways = map[string]string{
	"inbox/internal/engine":            "dispatch", // it knows what a Mux's errors ask for
	"inbox/internal/engine/enginetest": "dispatch",
}

// testHelpers are the packages that serve tests only, and may therefore import
// package testing. So may programs on the highest floor.
var testHelpers = []string{
	"adapters/adaptertest",
	"adapters/internal/report",
	"hooktest",
	"idempotency/internal/memorytest",
	"idempotency/storetest",
	"inbox/inboxtest",
	"inbox/internal/engine/enginetest",
	"internal/testserver",
	"linktree/api/internal/rig",
	"linktree/linktreetest",
}

// standardOnly are the core, and the rooms that any program may want. They and
// their subfolders import the standard library only, but for modules of their
// own and for withLibrary.
var (
	standardOnly = []string{".", "verify", "idempotency", "middleware", "dispatch", "inbox", "handshake", "linktree", "redact", "sanitize"}
	withLibrary  = []string{"idempotency/lru", "verify/rotate"} // golang-lru, x/sync
)

const module = "github.com/hooklatch/hooklatch"

// short is the package's folder; ok tells whether it is of this project.
func short(path string) (folder string, ok bool) {
	if path == module {
		return ".", true
	}
	return strings.CutPrefix(path, module+"/")
}

// roomOf returns the room of a folder: the one with the longest name.
func roomOf(folder string) (r room, ok bool) {
	for _, x := range house {
		if inside(folder, x.folder) && len(x.folder) > len(r.folder) {
			r, ok = x, true
		}
	}
	return r, ok
}

func inside(folder, room string) bool {
	return folder == room || room != "." && strings.HasPrefix(folder, room+"/")
}

func top(folder string) string {
	first, _, _ := strings.Cut(folder, "/")
	return first
}

// mayImport tells whether the table lets one folder import the other.
func mayImport(from, to string) bool {
	a, ok := roomOf(from)
	b, ok2 := roomOf(to)
	switch {
	case !ok || !ok2:
		return false
	case top(from) == top(to) && a.folder == b.folder:
		return true
	case sideways[from] == b.folder, slices.Contains(strings.Fields(a.may), b.folder):
		return true
	}
	return a.may == "below" && b.floor < a.floor
}

func TestHouseIsInOrder(t *testing.T) {
	for _, r := range house {
		for _, name := range strings.Fields(r.may) {
			other, ok := roomOf(name)
			if name != "below" && (!ok || other.folder != name || other.floor >= r.floor) {
				t.Errorf("the table lets %s on floor %d import %s, which is not on a lower floor", r.folder, r.floor, name)
			}
		}
	}
}

func TestImportsRunDownward(t *testing.T) {
	all := packages(t)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		from, ours := short(path)
		if !ours {
			continue
		}
		if _, ok := roomOf(from); !ok {
			t.Errorf("%s has no floor: give its folder a line in the table of imports_test.go", from)
		}
		for _, dep := range all[path].Imports {
			if to, ours := short(dep); ours && !mayImport(from, to) {
				a, _ := roomOf(from)
				b, _ := roomOf(to)
				t.Errorf("imports run downward: %s on floor %d imports %s on floor %d, but may import of this module: %s",
					from, a.floor, to, b.floor, cmp.Or(a.may, "nothing"))
			}
		}
	}
}

func TestCoreIsStandardLibraryOnly(t *testing.T) {
	all := packages(t)
	var checked []string
	for path, p := range all {
		folder, ours := short(path)
		r, _ := roomOf(folder)
		if ours && p.Module != nil && p.Module.Path == module && slices.Contains(standardOnly, r.folder) &&
			!slices.Contains(withLibrary, folder) && !slices.Contains(testHelpers, folder) {
			checked = append(checked, path)
		}
	}
	if len(checked) < 10 {
		t.Errorf("only %v were checked", checked)
	}
	foreign := func(p listed) bool {
		_, ours := short(p.ImportPath)
		return !p.Standard && !ours
	}
	for _, way := range chains(all, checked, foreign) {
		t.Errorf("the core imports the standard library only: %s", way)
	}
}

// TestProductionDoesNotReachTesting: package testing registers flags and keeps
// code in a program that only tests need.
func TestProductionDoesNotReachTesting(t *testing.T) {
	all := packages(t)
	var checked []string
	for path := range all {
		folder, ours := short(path)
		if r, _ := roomOf(folder); ours && r.floor < 7 && !slices.Contains(testHelpers, folder) {
			checked = append(checked, path)
		}
	}
	isTesting := func(p listed) bool { return p.ImportPath == "testing" }
	for _, way := range chains(all, checked, isTesting) {
		t.Errorf("production code does not reach package testing: %s", way)
	}
}

func TestRootRequiresThreeModules(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct{ Require []struct{ Path string } }
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range mod.Require {
		got = append(got, r.Path)
	}
	want := []string{"github.com/google/go-cmp", "github.com/hashicorp/golang-lru/v2", "golang.org/x/sync"}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("the root's go.mod requires %v and nothing else, but it has %v", want, got)
	}
}
