// tenon train: a classifier from data files.
#include <CLI/CLI.hpp>
#include <charconv>
#include <csignal>
#include <memory>

#include "app/cli/common.h"
#include "train/classifier.h"

namespace tenon::app {

namespace {

struct Train {
  std::string model, data, hidden = "128,32", out;
  train::TrainOptions options;
};

std::vector<i64> units(const std::string& text) {
  std::vector<i64> list;
  if (text == "none") return list;
  for (std::size_t at = 0; at <= text.size();) {
    std::size_t comma = std::min(text.find(',', at), text.size());
    i64 value = 0;
    auto [end, problem] = std::from_chars(text.data() + at, text.data() + comma, value);
    require(problem == std::errc() && end == text.data() + comma && value > 0,
            "--hidden: expected numbers of units like 128,32, or none, got '{}'", text);
    list.push_back(value);
    at = comma + 1;
  }
  return list;
}

volatile std::sig_atomic_t interrupted = 0;

void print_epoch(const train::EpochReport& r) {
  std::string line = fmt::format("epoch {:>2}/{}  cost {:.4f}", r.epoch, r.epochs, r.cost);
  if (r.validated) line += fmt::format("  validation {} (cost {:.4f})", percent(r.val_accuracy), r.val_cost);
  line += fmt::format("  {:.2f} s, {} samples/s{}", r.seconds, grouped(static_cast<i64>(r.samples_per_second)),
                      r.best ? "  best" : "");
  print_line(line);
}

void run(Train& t, const Global& global) {
  require_suffix(t.out, "safetensors", "--out");
  t.options.hidden = units(t.hidden);
  t.options.seed = global.seed;
  t.options.threads = global.threads;
  if (global.json) t.options.quiet = true;
  std::signal(SIGINT, [](int) { interrupted = 1; });
  train::TrainCallbacks callbacks;
  callbacks.stop = [] { return interrupted != 0; };
  callbacks.epoch = [&](const train::EpochReport& report) {
    if (global.json) print_line(to_json(report));
    else if (t.options.quiet) print_epoch(report);
  };
  train::TrainReport report = train::train_mlp(t.data, t.options, t.out, callbacks);
  if (global.json) return print_line(to_json(report));
  print_line(fmt::format("{} epochs in {:.1f} s: {}", report.epochs, report.seconds, report.stopped));
  print_line(fmt::format("best: epoch {}, validation accuracy {}", report.best_epoch, percent(report.val_accuracy)));
  print_line(fmt::format("test: accuracy {}, cost {:.4f}", percent(report.test_accuracy), report.test_cost));
  print_line(fmt::format("saved: {} ({} parameters)", t.out, grouped(report.parameters)));
}

void add_rule_options(CLI::App& c, train::TrainOptions& o) {
  c.add_option("--optimizer", o.optimizer, "How weights follow gradients")
      ->check(CLI::IsMember(train::optimizer_names()))->capture_default_str();
  c.add_option("--lr", o.lr, "Highest learning rate (0: the optimizer's default)")
      ->check(CLI::Range(0.0, 1e6))->capture_default_str();
  c.add_option("--schedule", o.schedule, "How the learning rate changes")
      ->check(CLI::IsMember(train::schedule_names()))->capture_default_str();
  c.add_option("--warmup", o.warmup, "Share of the steps in which the rate rises")
      ->check(CLI::Range(0.0, 1.0))->capture_default_str();
  c.add_option("--momentum", o.momentum, "Of the optimizers momentum and nesterov")
      ->check(CLI::Range(0.0, 1.0))->capture_default_str();
  c.add_option("--weight-decay", o.weight_decay, "Never on biases")
      ->check(CLI::Range(0.0, 1e6))->capture_default_str();
  c.add_option("--clip-norm", o.clip_norm, "Highest norm of the gradient (0: no limit)")
      ->check(CLI::Range(0.0, 1e30))->capture_default_str();
  c.add_option("--dropout", o.dropout, "Rate after each hidden layer")
      ->check(CLI::Range(0.0, 0.99))->capture_default_str();
  c.add_option("--label-smoothing", o.label_smoothing, "Share of the target spread over all classes")
      ->check(CLI::Range(0.0, 0.99))->capture_default_str();
}

void add_course_options(CLI::App& c, train::TrainOptions& o) {
  c.add_option("--validation", o.validation, "Share of the training files held out (0: by their size)")
      ->check(CLI::Range(0.0, 0.9))->capture_default_str();
  c.add_option("--validate-every", o.validate_every, "Epochs from one validation to the next")
      ->check(CLI::Range(1, 1'000'000))->capture_default_str();
  c.add_option("--patience", o.patience, "Stop after so many validations without improvement (0: never)")
      ->check(CLI::Range(0, 1'000'000))->capture_default_str();
  c.add_option("--stop-below", o.stop_below, "Stop when the training cost falls below (0: never)")
      ->check(CLI::Range(0.0, 1e30))->capture_default_str();
  c.add_flag("--resume", o.resume, "Go on from the state in --out, to the same bits as without the interruption");
  c.add_flag("--quiet", o.quiet, "No progress bar; one line per epoch");
}

}  // namespace

void add_train(CLI::App& app, const Global& global) {
  auto t = std::make_shared<Train>();
  CLI::App* c = app.add_subcommand("train", "Train a classifier and save it");
  c->add_option("model", t->model, "What to train: mlp, fully connected layers with ReLU")
      ->required()->check(CLI::IsMember({"mlp"}));
  c->add_option("--data", t->data, "Folder with the four IDX files of the MNIST family, plain or .gz")->required();
  c->add_option("--out", t->out, "The model's file, .safetensors; replaced after each epoch")->required();
  c->add_option("--hidden", t->hidden, "Units of the hidden layers, or none")->capture_default_str();
  c->add_option("--epochs", t->options.epochs, "Passes over the training files")
      ->check(CLI::Range(1, 1'000'000))->capture_default_str();
  c->add_option("--batch", t->options.batch, "Samples per step")->check(CLI::Range(1, 1 << 20))->capture_default_str();
  add_rule_options(*c, t->options);
  add_course_options(*c, t->options);
  c->footer("Ctrl-C stops between two steps; what was saved after the last epoch stays, and --resume goes on from it.\n"
            "Examples:\n"
            "  tenon train mlp --data fashion-mnist --out fashion.safetensors\n"
            "  tenon train mlp --data mnist --hidden 256,64 --epochs 20 --optimizer momentum --lr 0.05 --out m.safetensors\n"
            "  tenon train mlp --data mnist --hidden 256,64 --epochs 20 --optimizer momentum --lr 0.05 --out m.safetensors --resume");
  c->callback([t, &global] { run(*t, global); });
}

}  // namespace tenon::app
