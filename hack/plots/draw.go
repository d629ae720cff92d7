package main

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/tenon-ci/tenon/test/load/growth"
)

// Sizes in points.
const (
	pictureWidth  = 640
	pictureHeight = 460
	margin        = 12
	titleHeight   = 30
	titleSize     = 14
	panelSize     = 11
	labelSize     = 9
)

// headroom is the part of a plot's height that a line of its legend takes.
const headroom = 0.14

// styles tell the lines of a plot apart, by colour for most, and by glyph for everybody.
var styles = []struct {
	color color.RGBA
	glyph vgdraw.GlyphDrawer
}{
	{color.RGBA{0x00, 0x72, 0xb2, 0xff}, vgdraw.CircleGlyph{}},
	{color.RGBA{0xd5, 0x5e, 0x00, 0xff}, vgdraw.SquareGlyph{}},
	{color.RGBA{0x00, 0x9e, 0x73, 0xff}, vgdraw.TriangleGlyph{}},
	{color.RGBA{0xcc, 0x79, 0xa7, 0xff}, vgdraw.CrossGlyph{}},
}

var (
	grey     = color.Gray{Y: 0xdd}
	typeface = font.Font{Typeface: "Liberation", Variant: "Sans"}
)

func styled(size vg.Length) text.Style {
	return text.Style{
		Color: color.Black, Font: font.From(typeface, size), XAlign: text.XCenter, YAlign: text.YTop, Handler: plot.DefaultTextHandler,
	}
}

// draw draws the panels below a title.
func draw(title, axis string, points []growth.Point) io.WriterTo {
	svg := vgsvg.New(pictureWidth, pictureHeight)
	paint(vgdraw.New(svg), title, axis, points)
	return portable{svg}
}

func paint(canvas vgdraw.Canvas, title, axis string, points []growth.Point) {
	canvas.SetColor(color.White)
	canvas.Fill(canvas.Path())
	canvas.FillText(styled(titleSize), vg.Point{X: pictureWidth / 2, Y: pictureHeight - margin}, title)
	var plots [][]*plot.Plot
	for _, row := range panels {
		plots = append(plots, []*plot.Plot{row[0].plot(axis, points), row[1].plot(axis, points)})
	}
	tiles := vgdraw.Tiles{
		Rows: 2, Cols: 2, PadX: margin, PadY: margin, PadLeft: margin, PadRight: margin, PadBottom: margin, PadTop: margin + titleHeight,
	}
	for y, row := range plot.Align(plots, tiles, canvas) {
		for x, tile := range row {
			plots[y][x].Draw(tile)
		}
	}
}

// portable is a picture that also looks right where its font is not installed.
type portable struct{ svg io.WriterTo }

// WriteTo implements io.WriterTo.
func (p portable) WriteTo(w io.Writer) (int64, error) {
	var text bytes.Buffer
	if _, err := p.svg.WriteTo(&text); err != nil {
		return 0, err
	}
	const family = "font-family:Liberation Sans"
	n, err := w.Write(bytes.ReplaceAll(text.Bytes(), []byte(family+";"), []byte(family+",Arial,Helvetica,sans-serif;")))
	return int64(n), err
}

// plot draws one panel. Its lines have a value at each point that was measured.
func (p panel) plot(axis string, points []growth.Point) *plot.Plot {
	out := plot.New()
	out.Title.Text, out.Title.TextStyle, out.Title.Padding = p.title, styled(panelSize), vg.Points(4)
	out.X.Label.Text, out.X.Label.TextStyle = axis, styled(labelSize)
	out.X.Label.TextStyle.YAlign = text.YBottom
	for _, a := range []*plot.Axis{&out.X, &out.Y} {
		a.Tick.Label.Font, a.Tick.Length = font.From(typeface, labelSize), vg.Points(4)
	}
	out.Legend.Top, out.Legend.Left, out.Legend.Padding = true, true, vg.Points(2)
	out.Legend.TextStyle.Font, out.Legend.XOffs = font.From(typeface, labelSize), vg.Points(6)
	out.Add(&plotter.Grid{Horizontal: vgdraw.LineStyle{Color: grey, Width: vg.Points(0.5)}})
	entries := 0
	for i, l := range p.lines {
		if values := l.values(points); len(values) > 0 {
			add(out, l.name, i, values)
			entries++
		}
	}
	scaleX(&out.X, points)
	out.Y.Min, out.Y.Max = 0, roof(out.Y.Max, entries)
	out.Y.Tick.Marker = plot.TickerFunc(wholeLabels)
	return out
}

// values are the line's coordinates, where there are some.
func (l line) values(points []growth.Point) plotter.XYs {
	var out plotter.XYs
	for _, p := range points {
		if p.Values == nil {
			continue
		}
		if y := l.value(p.Values); y != nil {
			out = append(out, plotter.XY{X: float64(p.X), Y: *y})
		}
	}
	return out
}

func add(to *plot.Plot, name string, style int, values plotter.XYs) {
	look := styles[style%len(styles)]
	path := &plotter.Line{XYs: values, LineStyle: vgdraw.LineStyle{Color: look.color, Width: vg.Points(1.5)}}
	marks := &plotter.Scatter{XYs: values, GlyphStyle: vgdraw.GlyphStyle{Color: look.color, Radius: vg.Points(3), Shape: look.glyph}}
	to.Add(path, marks)
	to.Legend.Add(name, path, marks)
}

// roof is the upper end of an axis whose largest value is given, with room for the legend.
func roof(largest float64, entries int) float64 {
	if largest <= 0 {
		return 1
	}
	return largest * (1.05 + headroom*float64(entries))
}

// muchLarger is how many times as large as the smallest size the largest one is if the axis is logarithmic.
const muchLarger = 10

// scaleX marks the sizes that were measured, each for itself.
func scaleX(axis *plot.Axis, points []growth.Point) {
	var sizes []int
	for _, p := range points {
		sizes = append(sizes, p.X)
	}
	slices.Sort(sizes)
	var ticks plot.ConstantTicks
	for _, x := range slices.Compact(sizes) {
		ticks = append(ticks, plot.Tick{Value: float64(x), Label: grouped(x)})
	}
	least, most := sizes[0], sizes[len(sizes)-1]
	axis.Tick.Marker, axis.Min, axis.Max = ticks, float64(least), float64(most)
	if least > 0 && most >= muchLarger*least {
		axis.Scale = plot.LogScale{}
		axis.Label.Text += " (logarithmic)"
	}
}

// wholeLabels are the usual marks, without those that have no label, and with separators in large numbers.
func wholeLabels(low, high float64) []plot.Tick {
	var out []plot.Tick
	for _, t := range (plot.DefaultTicks{}).Ticks(low, high) {
		if t.IsMinor() {
			continue
		}
		if t.Value == math.Trunc(t.Value) {
			t.Label = grouped(int(t.Value))
		}
		out = append(out, t)
	}
	return out
}

// grouped writes a number with separators between thousands.
func grouped(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}
