// Package node has the recipe as it is published for Express and for Fastify,
// for comparison.
package node

import (
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
)

//go:embed package.json package-lock.json *.mjs
var files embed.FS

// Install puts the programs and, from the npm registry, what they depend on into
// the folder dir, which must not exist.
func Install(ctx context.Context, dir string) error {
	if err := os.CopyFS(dir, files); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("npm ci: %w", err)
	}
	return nil
}
