// tenon train: a classifier from data files.
#include <CLI/CLI.hpp>

#include <charconv>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "app/cli/common.h"
#include "train/classifier.h"
#include "train/progress.h"

namespace tenon::app {

namespace {

constexpr double kBelowOne = 0.999999;

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

void print_end(const train::TrainReport& r, const std::string& out) {
  print_line(fmt::format("{} epochs in {:.1f} s: {}", r.epochs, r.seconds, r.stopped));
  print_line(fmt::format("best: epoch {}, validation accuracy {}", r.best_epoch, percent(r.val_accuracy)));
  print_line(fmt::format("test: accuracy {}, cost {:.4f}", percent(r.test_accuracy), r.test_cost));
  print_line(fmt::format("saved: {} ({} parameters)", out, grouped(r.parameters)));
}

/// Neither best epoch nor test accuracy are known.
void print_interruption(const train::TrainReport& r, const std::string& out, bool json) {
  if (json) return print_json({{"event", "interrupted"}, {"epochs", r.epochs}, {"seconds", r.seconds}});
  if (r.epochs == 0) return print_line("interrupted in the first epoch: nothing was saved");
  print_line(fmt::format("interrupted after {} epochs; {} holds them, and --resume goes on from there", r.epochs, out));
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
  callbacks.remark = [](const std::string& text) { fmt::print(stderr, "tenon train: {}\n", text); };
  callbacks.epoch = [&](const train::EpochReport& report) {
    if (global.json)
      print_line(to_json(report));
    else if (t.options.quiet)
      print_line(train::to_string(report));
  };
  train::TrainReport report = train::train_mlp(t.data, t.options, t.out, callbacks);
  if (interrupted != 0 && report.stopped == "interrupted") {
    print_interruption(report, t.out, global.json);
    std::signal(SIGINT, SIG_DFL);
    std::raise(SIGINT);  // so that a shell sees an interrupted program
  }
  if (global.json) return print_line(to_json(report));
  print_end(report, t.out);
}

void add_rule_options(CLI::App& c, train::TrainOptions& o) {
  c.add_option("--optimizer", o.optimizer,
               fmt::format("How weights follow gradients: {}", fmt::join(train::optimizer_names(), ", ")))
      ->check(CLI::IsMember(train::optimizer_names()))
      ->type_name("NAME")
      ->capture_default_str();
  c.add_option("--lr", o.lr, "Highest learning rate; 0 is the optimizer's default")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  c.add_option("--schedule", o.schedule,
               fmt::format("How the learning rate changes: {}", fmt::join(train::schedule_names(), ", ")))
      ->check(CLI::IsMember(train::schedule_names()))
      ->type_name("NAME")
      ->capture_default_str();
  c.add_option("--warmup", o.warmup, "Share of the steps in which the rate rises")
      ->check(CLI::Range(0.0, kBelowOne))
      ->capture_default_str();
  c.add_option("--momentum", o.momentum, "Of the optimizers momentum and nesterov")
      ->check(CLI::Range(0.0, kBelowOne))
      ->capture_default_str();
  c.add_option("--weight-decay", o.weight_decay, "Never on biases")->check(CLI::Range(0.0, 1e6))->capture_default_str();
  c.add_option("--clip-norm", o.clip_norm, "Highest norm of the gradient; 0 is no limit")
      ->check(CLI::Range(0.0, 1e30))
      ->capture_default_str();
  c.add_option("--dropout", o.dropout, "Rate after each hidden layer")
      ->check(CLI::Range(0.0, kBelowOne))
      ->capture_default_str();
  c.add_option("--label-smoothing", o.label_smoothing, "Share of the target spread over all classes")
      ->check(CLI::Range(0.0, kBelowOne))
      ->capture_default_str();
}

void add_course_options(CLI::App& c, train::TrainOptions& o) {
  c.add_option("--validation", o.validation, "Share of the training files held out; 0 chooses it by their size")
      ->check(CLI::Range(0.0, kBelowOne))
      ->capture_default_str();
  c.add_option("--validate-every", o.validate_every, "Epochs from one validation to the next")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  c.add_option("--patience", o.patience, "Stop after so many validations without improvement; 0 is never")
      ->check(CLI::Range(0, 1 << 20))
      ->capture_default_str();
  c.add_option("--stop-below", o.stop_below, "Stop when the training cost falls below; 0 is never")
      ->check(CLI::Range(0.0, 1e30))
      ->capture_default_str();
  c.add_flag("--resume", o.resume, "Go on from the state in --out, to the same bits as without the interruption");
  c.add_flag("--quiet", o.quiet, "No progress bar; one line per epoch");
}

}  // namespace

void add_train(CLI::App& app, const Global& global) {
  auto t = std::make_shared<Train>();
  CLI::App* c = app.add_subcommand("train", "Train a classifier and save it");
  c->add_option("model", t->model, "What to train: mlp, fully connected layers with ReLU")
      ->required()
      ->check(CLI::IsMember({"mlp"}));
  c->add_option("--data", t->data, "Folder with the four IDX files of the MNIST family, plain or .gz")
      ->required()
      ->type_name("DIR");
  c->add_option("--out", t->out, "The model's file, .safetensors; replaced after each epoch")
      ->required()
      ->type_name("FILE");
  c->add_option("--hidden", t->hidden, "Units of the hidden layers, or none")->type_name("N,N")->capture_default_str();
  c->add_option("--epochs", t->options.epochs, "Passes over the training files")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  c->add_option("--batch", t->options.batch, "Samples per step")->check(CLI::Range(1, 1 << 20))->capture_default_str();
  add_rule_options(*c, t->options);
  add_course_options(*c, t->options);
  c->footer(
      "Ctrl-C stops between two steps; what was saved after the last epoch stays, and --resume goes on from it.\n"
      "Examples:\n"
      "  tenon train mlp --data fashion-mnist --out fashion.safetensors\n"
      "  tenon train mlp --data mnist --hidden 256,64 --epochs 20 --optimizer momentum --lr 0.05 --out m.safetensors\n"
      "  tenon train mlp --data mnist --hidden 256,64 --epochs 20 --optimizer momentum --lr 0.05 --out m.safetensors "
      "--resume");
  c->callback([t, &global] { run(*t, global); });
}

}  // namespace tenon::app
