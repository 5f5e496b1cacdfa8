// Check tells whether an integration with Linktree is ready for production, and
// if it is not, what to do about it.
//
//	LINKTREE_API_TOKEN=… LINKTREE_WEBHOOK_URL=https://… go run ./example/check
//
// asks Linktree and the webhook URL, changes nothing, and prints an item a line.
// Without a webhook URL it leaves out what it would say of that. LINKTREE_API_KEY
// is another name for the token. It exits with 0 if all is well,
// 1 if something should be looked at, and 2 if something does not work; but go
// run turns every failure into a 1, so build the program where the code counts.
// With --json it prints the report for programs, also of a configuration that is
// wrong.
//
//	go run ./example/check -fake
//
// asks a fake Linktree and a receiver, both on loopback ports of the program's
// own, and shows how it works. -fake=warn and -fake=broken are fakes with
// something wrong.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/hooklatch/hooklatch/linktree/api/check"
)

// unusable is the exit code when there is nothing to check with.
const unusable = 2

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program. It returns the exit code.
func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("json", false, "print the report as JSON")
	fake := new(fakeFlag)
	flags.Var(fake, "fake", "check a fake, which is `ok`, warn or broken, instead of Linktree")
	if err := flags.Parse(args); err != nil {
		return unusable
	}
	if flags.NArg() > 0 {
		flags.Usage()
		return unusable
	}
	report, err := examine(ctx, fake.kind, env)
	if err != nil {
		fmt.Fprintln(stderr, err)
		if !*asJSON {
			return unusable
		}
		report = check.Misconfigured(err)
	}
	if err := write(stdout, report, *asJSON); err != nil {
		fmt.Fprintln(stderr, "check:", err)
		return unusable
	}
	return report.ExitCode()
}

// examine checks the fake, or with none what the environment names.
func examine(ctx context.Context, fake string, env func(string) string) (*check.Report, error) {
	if fake != "" {
		return checkFake(ctx, fake)
	}
	client, err := fromEnvironment(env)
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()
	return check.Run(ctx, client, nil), nil
}

func write(out io.Writer, report *check.Report, asJSON bool) error {
	if !asJSON {
		_, err := report.WriteTo(out)
		return err
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}
