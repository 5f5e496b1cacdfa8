// Package node has the recipe that is published for Express and for Fastify, for
// comparison.
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

// Install copies the programs into the folder dir, which must not exist, and
// installs their dependencies from the npm registry.
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
