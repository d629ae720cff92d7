package cli

import (
	"fmt"

	"github.com/spf13/cobra"
)

// Cleaning says what to remove besides what programs that were killed have left behind.
type Cleaning struct {
	Places Places
	// Images are the cache of images; Claims are the folders of claims; Runs are folders that --keep has kept.
	Images, Claims, Runs bool
}

const cleanHelp = `Remove what runs have left behind on this machine because the program was killed: processes, containers, mounts and folders.
Runs that go on are not touched. Flags remove more.`

func (p *Program) cleanCommand() *cobra.Command {
	var c Cleaning
	cmd := &cobra.Command{
		Use:   "clean",
		Short: "Remove what runs have left behind",
		Long:  cleanHelp,
		Example: `  tenon clean             after a crash
  tenon clean --images    make room on the disk`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			places, err := FindPlaces(p.Getenv)
			if err != nil {
				return failed(err)
			}
			c.Places = places
			removed, err := p.Clean(cmd.Context(), c)
			for _, line := range removed {
				_, _ = fmt.Fprintln(p.Out, line)
			}
			if err != nil {
				return failed(err)
			}
			if len(removed) == 0 {
				_, _ = fmt.Fprintln(p.Out, "There is nothing to remove.")
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&c.Images, "images", false, "remove all images that no run uses; they are pulled again when they are needed")
	cmd.Flags().BoolVar(&c.Claims, "claims", false, "remove the folders of claims, with what is in them")
	cmd.Flags().BoolVar(&c.Runs, "runs", false, "remove the folders of runs that were kept with --keep")
	return cmd
}
