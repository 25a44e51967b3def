//! `w2v info`

use super::Outcome;
use super::flags;
use super::modes;
use super::output::{Output, note_changes};
use super::questions::{hint, reading};
use super::size;
use serde_json::json;
use std::path::{Path, PathBuf};
use w2v::Isa;
use w2v::formats::{self, Format, TableConfig, finalfusion, native, safetensors};
use w2v::report::{self, Lines};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The vectors: a file, a folder with a safetensors model, or the config.json of a language model,
    /// whose table is then reckoned
    #[arg(value_name = "FILE", env = "W2V_VECTORS", default_value = "vectors.w2v")]
    vectors: PathBuf,

    /// The tensor that is the table, in a safetensors model [default: found by its name]
    #[arg(long, value_name = "NAME")]
    tensor: Option<String>,

    /// Parameters of the whole language model, such as 7.6B: show the share of the table
    #[arg(long, value_name = "N", value_parser = size::parse_count)]
    total_params: Option<u64>,

    /// Show the processor's instruction sets and which kernels run, instead of a file
    #[arg(long)]
    cpu: bool,

    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let mut output = Output::new(args.json);
    let path = args.vectors.as_path();
    if args.cpu {
        show_cpu(&mut output)?;
    } else if is_config(path) {
        modes::found("a configuration")?;
        show_config(&mut output, args)?;
    } else {
        let format = sniff(path)?;
        if format != Format::Safetensors {
            modes::found("one table")?;
        }
        match format {
            Format::Native => show_model(&mut output, path)?,
            Format::Safetensors => show_table(&mut output, args)?,
            _ => show_foreign(&mut output, path)?,
        }
    }
    Ok(Outcome::Answered)
}

/// JSON that is no index of a safetensors model.
fn is_config(path: &Path) -> bool {
    let json = path.extension().is_some_and(|ext| ext == "json");
    json && path.is_file() && formats::sniff(path).is_err()
}

fn sniff(path: &Path) -> anyhow::Result<Format> {
    formats::sniff(path).map_err(|e| hint(path, e, "as in `w2v info FILE`"))
}

fn show_cpu(output: &mut Output) -> anyhow::Result<()> {
    let available: Vec<String> = Isa::available().iter().map(ToString::to_string).collect();
    let chosen = Isa::chosen();
    if output.is_json() {
        let available = json!({ "kernels": chosen.to_string(), "available": available });
        return Ok(output.line(available)?);
    }
    let mut lines = Lines::default();
    lines.field("kernels", chosen);
    lines.field("available", available.join(", "));
    lines.field("architecture", std::env::consts::ARCH);
    Ok(output.text(&lines.into_text())?)
}

fn show_model(output: &mut Output, path: &Path) -> anyhow::Result<()> {
    let info = native::info(path)?;
    let _: () = match output.is_json() {
        true => output.line(report::model_json(&info, path))?,
        false => output.text(&flags::text(&report::model(&info, path)))?,
    };
    Ok(())
}

fn show_table(output: &mut Output, args: &Args) -> anyhow::Result<()> {
    let (path, total) = (args.vectors.as_path(), args.total_params);
    let info = safetensors::info(path, args.tensor.as_deref())?;
    if output.is_json() {
        return Ok(output.line(report::table_json(&info, path, total))?);
    }
    output.text(&flags::text(&report::table(&info, total)))?;
    note_changes("w2v: ", &info.report);
    Ok(())
}

fn show_config(output: &mut Output, args: &Args) -> anyhow::Result<()> {
    let (path, total) = (args.vectors.as_path(), args.total_params);
    let table = TableConfig::read(path)?;
    let _: () = match output.is_json() {
        true => output.line(report::config_json(&table, path, total))?,
        false => output.text(&report::config(&table, path, total))?,
    };
    Ok(())
}

fn show_foreign(output: &mut Output, path: &Path) -> anyhow::Result<()> {
    let format = formats::sniff(path)?;
    let (vectors, changes) = formats::open(path, &reading())?;
    if output.is_json() {
        return Ok(output.line(json!({
            "file": path, "format": format.name(), "words": vectors.len(), "dim": vectors.dim(),
            "duplicates": changes.duplicates, "numbered": changes.numbered,
        }))?);
    }
    let metadata = match format {
        Format::Finalfusion => finalfusion::metadata(path)?.unwrap_or_default(),
        _ => String::new(),
    };
    Ok(output.text(&report::vectors(&vectors, format, &changes, path, &metadata))?)
}
