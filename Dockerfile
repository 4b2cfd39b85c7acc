# Signoff in a container: one binary, with migrations, defaults and holidays inside. Nothing else is needed but
# the environment (secrets) and, mounted wherever SIGNOFF_CONFIG says, the deployment's own TOML file.
#
#   docker build -t signoff .
#   docker run -p 3000:3000 -v signoff:/data -v "$PWD/signoff.toml:/etc/signoff.toml:ro" \
#       -e SIGNOFF_CONFIG=/etc/signoff.toml -e SLACK_BOT_TOKEN -e SLACK_SIGNING_SECRET signoff

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build

# Dependencies first, with nothing of ours but their list: this layer is built again only when the list changes.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
RUN mkdir src migrations && echo 'fn main() {}' | tee src/main.rs > migrations/build.rs && touch src/lib.rs \
    && cargo build --release --locked \
    && rm -r src migrations

# What the binary is made of: migrations are compiled in, and so is config.
COPY migrations migrations
COPY config config
COPY src src
# The empty sources above are newer than ours when git or the copy keeps old times; cargo goes by time.
RUN touch src/main.rs src/lib.rs migrations/build.rs && cargo build --release --locked \
    && mkdir /empty

# glibc, libgcc and root certificates (the same Debian as above), no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /build/target/release/signoff /usr/local/bin/signoff
# The volume’s folder belongs to the user of the image (nonroot, 65532), who writes into it.
COPY --from=build --chown=65532:65532 /empty /data

# By number, so that Kubernetes can see that it is not root.
USER 65532:65532
ENV PORT=3000 \
    DATABASE_URL=sqlite:///data/signoff.db
EXPOSE 3000
VOLUME /data
STOPSIGNAL SIGTERM
# No HEALTHCHECK: the image holds nothing that could make a request. Whatever runs it asks GET /healthz (alive)
# and GET /readyz (database and Slack reachable, queue moving) on the port itself.
ENTRYPOINT ["signoff"]
CMD ["serve"]
