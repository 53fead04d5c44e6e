# One image for every process of the product: serving, migrating, administration. It runs under a number that owns
# nothing, on a root file system that may be read-only; compose.yaml shows it at work.

FROM python:3.13-slim AS build
COPY requirements.lock /tmp/
RUN python -m venv --without-pip /opt/poortwachter \
 && python -m pip --python /opt/poortwachter/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --no-deps -r /tmp/requirements.lock
# The product is pure Python: its packages as they stand, compiled once, because nothing can be written later.
COPY idp /opt/poortwachter/product/idp
COPY protocols /opt/poortwachter/product/protocols
COPY directory /opt/poortwachter/product/directory
COPY mfa /opt/poortwachter/product/mfa
COPY consent /opt/poortwachter/product/consent
COPY metadata /opt/poortwachter/product/metadata
COPY migrations /opt/poortwachter/product/migrations
RUN printf '%s\n' '#!/opt/poortwachter/bin/python' 'from idp.cli import main' 'if __name__ == "__main__":' '    main()' > /opt/poortwachter/bin/idp \
 && chmod 755 /opt/poortwachter/bin/idp \
 && python -m compileall -q /opt/poortwachter

FROM python:3.13-slim
COPY --from=build /opt/poortwachter /opt/poortwachter
ENV PATH=/opt/poortwachter/bin:$PATH \
    PYTHONPATH=/opt/poortwachter/product \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=4s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/livez', timeout=3)"]
ENTRYPOINT ["idp"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
