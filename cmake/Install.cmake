# What belongs to the programs on a host. The programs look in /etc/assay and /usr/share/assay, so the presets
# install below /usr with /etc beside it.

install(FILES man/assayd.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES man/assay.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES man/assay.toml.5 man/assay-rules.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(DIRECTORY rules/ DESTINATION ${CMAKE_INSTALL_DATADIR}/assay/rules)
install(FILES contrib/systemd/assay.service contrib/systemd/assay.socket DESTINATION lib/systemd/system)

# Never over a configuration that is in use.
install(CODE "
  set(etc \"\$ENV{DESTDIR}${CMAKE_INSTALL_FULL_SYSCONFDIR}/assay\")
  if(NOT EXISTS \"\${etc}/assay.toml\")
    file(INSTALL \"${PROJECT_SOURCE_DIR}/contrib/assay.toml\" DESTINATION \"\${etc}\")
  endif()")
